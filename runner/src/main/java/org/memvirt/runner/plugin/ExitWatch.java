package org.memvirt.runner.plugin;

import java.util.Map;

/**
 * Tells when the code of a plug-in ends the process: by then nobody else can, and the exit status would be the plug-in's
 * choice.
 */
final class ExitWatch implements Runnable {
    private static final int STATUS = 4;

    private final PluginFolder folder;

    private ExitWatch(PluginFolder folder) {
        this.folder = folder;
    }

    static void begin(PluginFolder folder) {
        Runtime.getRuntime().addShutdownHook(new Thread(new ExitWatch(folder), "memvirt-exit-watch"));
    }

    @Override
    public void run() {
        for (Map.Entry<Thread, StackTraceElement[]> thread : Thread.getAllStackTraces().entrySet()) {
            boolean exits = false;
            for (StackTraceElement frame : thread.getValue()) {
                exits |= frame.getClassName().equals("java.lang.Runtime") && frame.getMethodName().equals("exit");
                String plugin = exits ? folder.owner(frame) : null;
                if (plugin != null) {
                    System.err.println("memvirt: the plug-in " + plugin + " ended the process");
                    Runtime.getRuntime().halt(STATUS);
                }
            }
        }
    }
}
