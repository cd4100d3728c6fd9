package org.memvirt.runner.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.memvirt.runner.usage.WrongUsage;

/** Which MMUs come first, by the list beside this class. */
public final class PreferredMmus {
    private static final String LIST = "preferred-mmus.txt";

    private PreferredMmus() {}

    /** All names, the preferred ones first, then the others in their order. */
    public static List<String> sorted(List<String> names) {
        List<String> sorted = new ArrayList<>();
        for (String preferred : list()) {
            if (names.contains(preferred)) {
                sorted.add(preferred);
            }
        }
        names.stream().filter(name -> !sorted.contains(name)).forEach(sorted::add);
        return sorted;
    }

    /** @throws WrongUsage when there are none */
    static String first(List<String> names) {
        if (names.isEmpty()) {
            throw new WrongUsage("there is no MMU: no jar of one lies beside memvirt's own, nor in the plug-in folder");
        }
        return sorted(names).getFirst();
    }

    private static List<String> list() {
        try (InputStream list = PreferredMmus.class.getResourceAsStream(LIST)) {
            if (list == null) {
                throw new IllegalStateException("the resource " + LIST + " is missing");
            }
            return new String(list.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
