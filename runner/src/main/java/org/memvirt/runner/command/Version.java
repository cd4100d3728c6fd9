package org.memvirt.runner.command;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Which memvirt this is. */
public final class Version implements CommandLine.IVersionProvider {
    /** The version in results: that of the release, or {@code unreleased} when run from loose classes. */
    static String number() {
        @Nullable String number = Version.class.getPackage().getImplementationVersion();
        return number == null ? "unreleased" : number;
    }

    /** The version for people. */
    static String text() {
        return "%s (Java %s, %s %s)"
                .formatted(
                        number(),
                        Runtime.version(),
                        System.getProperty("os.name"),
                        System.getProperty("os.arch"));
    }

    @Override
    public String[] getVersion() {
        return new String[] {"memvirt " + text()};
    }
}
