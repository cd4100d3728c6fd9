package org.memvirt.runner.command;

import java.util.Map;
import java.util.Stack;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Keeps an option with an optional file from taking the command's one parameter for it: what follows the option is its
 * file only if the parameter came before; {@code --csv=FILE} goes anywhere.
 */
final class FileAfterImage implements CommandLine.IParameterPreprocessor {
    @Override
    @SuppressWarnings("JdkObsolete") // Stack is what picocli gives.
    public boolean preprocess(Stack<String> arguments, CommandSpec command, ArgSpec option,
            Map<String, Object> context) {
        boolean attached = "=".equals(context.get("separator"));
        boolean parameterGiven = command.positionalParameters().stream()
                .map(parameter -> (Object) parameter.getValue())
                .anyMatch(value -> value instanceof String text && !text.isEmpty());
        if (!attached && !parameterGiven) {
            arguments.push(ReportOptions.STANDARD_OUTPUT);
        }
        return false;
    }
}
