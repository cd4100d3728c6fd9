package org.memvirt.runner.command;

import java.util.Map;
import java.util.Stack;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Keeps an option with an optional file from taking one of the command's many parameters for it: what follows the option is
 * its file only if it ends in .json, which files of vectors do not; {@code --json=FILE} takes any.
 */
final class JsonNamedFile implements CommandLine.IParameterPreprocessor {
    @Override
    @SuppressWarnings("JdkObsolete") // Stack is what picocli gives.
    public boolean preprocess(Stack<String> arguments, CommandSpec command, ArgSpec option,
            Map<String, Object> context) {
        boolean attached = "=".equals(context.get("separator"));
        if (!attached && (arguments.isEmpty() || !arguments.peek().endsWith(".json"))) {
            arguments.push(ReportOptions.STANDARD_OUTPUT);
        }
        return false;
    }
}
