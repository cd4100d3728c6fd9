package org.memvirt.runner;

import java.io.ByteArrayInputStream;
import java.io.PrintStream;
import org.memvirt.runner.command.CommandTree;
import org.memvirt.runner.command.Console;

/** Starts the command line. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        // Guice makes a few objects once: classes of its own for them cost more than they save. The launcher says so too.
        System.setProperty("guice_bytecode_gen_option", "DISABLED");
        int status = CommandTree.execute(Console.ofProcess(), arguments);
        System.exit(status);
    }

    /** Runs one command within this process, without standard input; gives its exit status. */
    public static int run(String[] arguments, PrintStream out, PrintStream err) {
        return CommandTree.execute(
                new Console(new ByteArrayInputStream(new byte[0]), out, err, false, false), arguments);
    }
}
