package org.memvirt.api.architecture;

import java.util.List;
import java.util.Map;

/**
 * What a text tells of a processor's registers.
 *
 * @param values by name, as {@link ArchitectedPageTables#regime} takes them
 * @param missing the registers that decide and that the text does not tell: they have to be given beside it
 * @param choice which processor they are of, in words, where the text tells of several; else empty
 */
public record RegisterDump(Map<String, String> values, List<String> missing, String choice) {
    public RegisterDump {
        values = Map.copyOf(values);
        missing = List.copyOf(missing);
    }
}
