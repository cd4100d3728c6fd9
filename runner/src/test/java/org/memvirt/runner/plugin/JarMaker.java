package org.memvirt.runner.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;

/** Compiles a plug-in's source and packs it, for tests. */
public final class JarMaker {
    private JarMaker() {}

    /** A workload that gives no accesses, of a name of choice. */
    public static String workload(String className, String name) {
        return """
                import java.util.List;
                import org.memvirt.api.access.AccessBatch;
                import org.memvirt.api.option.*;
                import org.memvirt.api.workload.*;
                public final class %s implements WorkloadProvider {
                    public String name() { return "%s"; }
                    public String description() { return "for a test"; }
                    public List<Option> options() { return List.of(); }
                    public AccessSource open(Options options, long accesses, long seed) {
                        return new AccessSource() {
                            private boolean given;
                            public boolean fill(AccessBatch batch) {
                                batch.clear();
                                if (!given) batch.add(0x1000, 1);
                                boolean first = !given;
                                given = true;
                                return first;
                            }
                            public void close() {}
                        };
                    }
                }
                """
                .formatted(className, name);
    }

    /**
     * Makes a jar of one class that is a service.
     *
     * @param service the interface's name; the services file says {@code className}, whatever the source defines
     */
    public static Path jar(Path folder, String jarName, Class<?> service, String className, String source)
            throws IOException {
        Path work = Files.createDirectories(folder.resolve(jarName + ".classes"));
        Path file = Files.writeString(work.resolve(className + ".java"), source);
        List<String> arguments = List.of(
                "-proc:none", "-cp", System.getProperty("java.class.path"), "-d", work.toString(), file.toString());
        int status = ToolProvider.getSystemJavaCompiler()
                .run(null, OutputStream.nullOutputStream(), null, arguments.toArray(String[]::new));
        if (status != 0) {
            throw new AssertionError("the test's plug-in does not compile");
        }
        Path jar = folder.resolve(jarName);
        try (JarOutputStream output = new JarOutputStream(Files.newOutputStream(jar));
                var classes = Files.newDirectoryStream(work, "*.class")) {
            for (Path compiled : classes) {
                output.putNextEntry(new JarEntry(compiled.getFileName().toString()));
                Files.copy(compiled, output);
            }
            output.putNextEntry(new JarEntry("META-INF/services/" + service.getName()));
            output.write((className + "\n").getBytes(UTF_8));
        }
        return jar;
    }

    /** Makes a jar whose services file names a class that is not there. */
    public static Path hollow(Path folder, String jarName, Class<?> service, String className) throws IOException {
        Path jar = folder.resolve(jarName);
        try (JarOutputStream output = new JarOutputStream(Files.newOutputStream(jar))) {
            output.putNextEntry(new JarEntry("META-INF/services/" + service.getName()));
            output.write((className + "\n").getBytes(UTF_8));
        }
        return jar;
    }
}
