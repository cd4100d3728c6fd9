package org.memvirt.runner.command;

import java.util.Map;
import java.util.Stack;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Keeps an option with an optional file from taking what follows it where the command has parameters: there the file is
 * attached, {@code --json=FILE}, so that {@code --json 0x1000} is the option and an address.
 */
final class AttachedFile implements CommandLine.IParameterPreprocessor {
    @Override
    @SuppressWarnings("JdkObsolete") // Stack is what picocli gives.
    public boolean preprocess(Stack<String> arguments, CommandSpec command, ArgSpec option,
            Map<String, Object> context) {
        boolean attached = "=".equals(context.get("separator"));
        if (!attached && !command.positionalParameters().isEmpty()) {
            arguments.push(ReportOptions.STANDARD_OUTPUT);
        }
        return false;
    }
}
