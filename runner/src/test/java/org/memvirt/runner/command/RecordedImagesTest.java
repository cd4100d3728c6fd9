package org.memvirt.runner.command;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.XZInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The page tables of real Linux systems, as QEMU tells of them. */
class RecordedImagesTest {
    private static final Path RECORDINGS = Path.of("src", "test", "resources", "images");
    private static final Path SAMPLES = Path.of("..", "samples");

    @TempDir
    Path folder;

    private static String core(int levels) {
        return levels == 4
                ? SAMPLES.resolve("linux-4level.core.xz").toString()
                : RECORDINGS.resolve("x86-linux-5level.tables.core.xz").toString();
    }

    private static String registers(int levels) {
        return levels == 4
                ? SAMPLES.resolve("linux-4level.registers.txt").toString()
                : RECORDINGS.resolve("x86-linux-5level.regs.txt").toString();
    }

    private static List<String> recorded(int levels, String what) throws IOException {
        try (InputStream file =
                Files.newInputStream(RECORDINGS.resolve("x86-linux-%dlevel.%s".formatted(levels, what)));
                InputStream text = new XZInputStream(file)) {
            return new String(text.readAllBytes(), US_ASCII).lines().toList();
        }
    }

    private static JsonNode inspect(String... arguments) {
        CommandLineRun run = CommandLineRun.of(arguments);
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(run.json().get("schema").asString()).isEqualTo("memvirt-inspect/1");
        return run.json();
    }

    private static long number(JsonNode node) {
        return Long.parseUnsignedLong(node.asString().substring(2), 16);
    }

    private static boolean isOn(JsonNode leaf, String what) {
        return leaf.get(what).booleanValue();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void everyRecordedAddressTranslatesToTheRecordedOne(int levels) throws IOException {
        JsonNode pairs = new ObjectMapper()
                .readTree(RECORDINGS.resolve("x86-linux-%dlevel.gva2gpa.json".formatted(levels)))
                .get("pairs");
        Path addresses = folder.resolve("addresses.txt");
        List<String> lines = new ArrayList<>();
        pairs.forEach(pair -> lines.add(pair.get("va").asString()));
        Files.write(addresses, lines);
        JsonNode told = inspect(
                "inspect", core(levels), "--registers", registers(levels) + ",maxphyaddr=40", "--addresses",
                addresses.toString(), "--json").get("translations");
        assertThat(told).hasSameSizeAs(pairs).hasSizeGreaterThan(500);
        int mapped = 0;
        for (int i = 0; i < pairs.size(); i++) {
            JsonNode pair = pairs.get(i);
            JsonNode translation = told.get(i);
            assertThat(translation.get("address")).isEqualTo(pair.get("va"));
            assertThat(translation.get("output")).as("%s", pair).isEqualTo(pair.get("pa"));
            assertThat(translation.get("fault").isNull()).isEqualTo(!pair.get("pa").isNull());
            assertThat(translation.get("pageSize").isNull()).isEqualTo(pair.get("pa").isNull());
            mapped += pair.get("pa").isNull() ? 0 : 1;
        }
        assertThat(mapped).isGreaterThan(100).isLessThan(pairs.size());
    }

    /** QEMU was asked as EL0 and as EL1; it does not tell an address without a mapping from one that rights forbid. */
    @Test
    void everyRecordedAddressOfArmTranslatesForEitherPrivilege() throws IOException {
        JsonNode pairs = new ObjectMapper()
                .readTree(RECORDINGS.resolve("arm64-linux.gva2gpa.json"))
                .get("pairs");
        String image = RECORDINGS.resolve("arm64-linux.tables.core.xz").toString();
        String registers = RECORDINGS.resolve("arm64-linux.registers.txt").toString();
        Path addresses = folder.resolve("addresses.txt");
        int checked = 0;
        for (String privilege : List.of("user", "supervisor")) {
            List<JsonNode> asked = new ArrayList<>();
            pairs.forEach(pair -> {
                if (pair.get("el").intValue() == (privilege.equals("user") ? 0 : 1)) {
                    asked.add(pair);
                }
            });
            Files.write(addresses, asked.stream().map(pair -> pair.get("va").asString()).toList());
            JsonNode told = inspect(
                    "inspect", image, "--registers", registers, "--privilege", privilege, "--addresses",
                    addresses.toString(), "--json").get("translations");
            assertThat(told).hasSameSizeAs(asked);
            for (int i = 0; i < asked.size(); i++) {
                assertThat(told.get(i).get("output")).as("%s %s", privilege, asked.get(i))
                        .isEqualTo(asked.get(i).get("pa"));
                checked++;
            }
        }
        assertThat(checked).isEqualTo(514);
        assertThat(pairs.findValuesAsString("pa")).filteredOn(pa -> pa.startsWith("0x")).hasSize(194);
    }

    @Test
    void theTablesOfBothHalvesOfArmAreListed() {
        CommandLineRun run = CommandLineRun.of(
                "inspect",
                RECORDINGS.resolve("arm64-linux.tables.core.xz").toString(),
                "--registers",
                RECORDINGS.resolve("arm64-linux.registers.txt").toString());
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains("111 ranges, 49,398 pages: 49,178 of 4K, 69 of 64K, 151 of 2M, 0 of 32M, 0 of 1G, 0 of 16G")
                .contains("aarch64-4k, 4 levels, root 0x42407001: 10 of them")
                .contains("aarch64-4k, 4 levels, root 0x2000041853001: 148 of them");
    }

    /** QEMU marks what is set: no execution, global, large page, dirty, accessed, the caching bits, user, writable. */
    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void theLeavesAreThoseOfQemusInfoTlb(int levels) throws IOException {
        JsonNode told = inspect(
                "inspect", core(levels), "--registers", registers(levels), "--list", "leaves", "--json");
        List<String> lines = new ArrayList<>();
        for (JsonNode leaf : told.get("leaves")) {
            String rights = leaf.get("rights").asString();
            assertThat(rights).startsWith("r");
            lines.add("%016x: %016x %s%s%s%s%s%s%s"
                    .formatted(
                            number(leaf.get("address")),
                            number(leaf.get("output")),
                            rights.charAt(2) == 'x' ? "-" : "X",
                            isOn(leaf, "global") ? "G" : "-",
                            leaf.get("pageSize").asString().equals("4K") ? "-" : "P",
                            isOn(leaf, "dirty") ? "D" : "-",
                            isOn(leaf, "accessed") ? "A" : "-",
                            rights.charAt(3) == 'u' ? "U" : "-",
                            rights.charAt(1) == 'w' ? "W" : "-"));
        }
        List<String> withoutCaching = recorded(levels, "tlb.txt.xz").stream()
                .map(line -> line.replaceFirst("(.{5})..(..)$", "$1$2"))
                .toList();
        assertThat(lines).isEqualTo(withoutCaching).hasSizeGreaterThan(70_000);
        assertThat(told.get("totals").toString()).isEqualTo("{\"4K\":73996,\"2M\":64,\"1G\":0}");
        assertThat(told.get("tables").toString())
                .isEqualTo(levels == 4 ? "{\"pages\":115,\"bytes\":471040}" : "{\"pages\":107,\"bytes\":438272}");
    }

    /**
     * QEMU's ranges are neighbouring pages with the same rights to use as a user and to write, of whatever size, global
     * or not, whether they can be executed or not.
     */
    @Test
    void theRangesMergedFurtherAreThoseOfQemusInfoMem() throws IOException {
        JsonNode told = inspect("inspect", core(4), "--registers", registers(4), "--json");
        List<String> lines = new ArrayList<>();
        long start = 0;
        long end = -1;
        String open = "";
        for (JsonNode range : told.get("ranges")) {
            String rights = range.get("rights").asString();
            String own = "%sr%s".formatted(rights.charAt(3) == 'u' ? "u" : "-", rights.charAt(1) == 'w' ? "w" : "-");
            long from = number(range.get("address"));
            if (from != end || !own.equals(open)) {
                if (end != -1) {
                    lines.add(range(start, end, open));
                }
                start = from;
                open = own;
            }
            end = from + range.get("size").longValue();
        }
        lines.add(range(start, end, open));
        assertThat(lines).isEqualTo(recorded(4, "mem.txt.xz")).hasSizeGreaterThan(65_000);
    }

    private static String range(long start, long end, String rights) {
        return "%016x-%016x %016x %s".formatted(start, end, end - start, rights);
    }
}
