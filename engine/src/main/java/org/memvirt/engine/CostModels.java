package org.memvirt.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The cost presets, read from {@code cost-models.properties}: figures and their sources are data. */
public final class CostModels {
    private static final String FILE = "cost-models.properties";
    private static final String TLB_HIT = "tlb-hit.";
    private static final String EXIT = "exit.";

    private CostModels() {}

    /** All presets; the first is the default. */
    public static List<CostModel> all() {
        return Presets.ALL;
    }

    /** Read when they are first asked for. */
    private static final class Presets {
        static final List<CostModel> ALL = read();

        private static List<CostModel> read() {
            Properties figures = new Properties();
            try (InputStream file = CostModels.class.getResourceAsStream(FILE)) {
                if (file == null) {
                    throw new IllegalStateException("the resource " + FILE + " is missing");
                }
                figures.load(new InputStreamReader(file, StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            List<CostModel> models = new ArrayList<>();
            for (String name : text(figures, "models").split(", *")) {
                models.add(model(name, figures));
            }
            return List.copyOf(models);
        }

        private static CostModel model(String name, Properties figures) {
            Map<Integer, Double> tlbHit = new HashMap<>();
            Map<String, Double> exit = new HashMap<>();
            for (String key : figures.stringPropertyNames()) {
                if (key.startsWith(name + "." + TLB_HIT)) {
                    tlbHit.put(
                            Integer.valueOf(key.substring(name.length() + 1 + TLB_HIT.length())), figure(figures, key));
                } else if (key.startsWith(name + "." + EXIT)) {
                    exit.put(key.substring(name.length() + 1 + EXIT.length()), figure(figures, key));
                }
            }
            return new CostModel(
                    name,
                    text(figures, name + ".source"),
                    Map.copyOf(tlbHit),
                    figure(figures, name + ".reference"),
                    figure(figures, name + ".walk-cache-hit"),
                    figure(figures, name + ".exception"),
                    figure(figures, name + ".instruction"),
                    figure(figures, name + ".guest-fault"),
                    Map.copyOf(exit),
                    figure(figures, name + ".exit"));
        }

        private static double figure(Properties figures, String key) {
            return Double.parseDouble(text(figures, key));
        }

        private static String text(Properties figures, String key) {
            String text = figures.getProperty(key);
            if (text == null) {
                throw new IllegalStateException("%s has no %s".formatted(FILE, key));
            }
            return text;
        }
    }
}
