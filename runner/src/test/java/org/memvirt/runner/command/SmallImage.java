package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.runner.image.TableMaker;

/** A raw image with small tables, and {@code memvirt inspect} of it. */
final class SmallImage {
    static final int MEMORY = 1 << 20;
    static final int READ = Rights.READ | Rights.EXECUTE;

    private static final int READ_WRITE = Rights.READ | Rights.WRITE;

    final TableMaker memory = new TableMaker(MEMORY, 0x1_0000);
    final PageTable table;
    final Path image;
    final String root;

    /** Four neighbours, the first two alike, and a large page. */
    SmallImage(Path folder) throws IOException {
        table = memory.table("x86-64");
        table.map(0x40_0000, 0x5000, 12, READ, PageTable.ACCESSED);
        table.map(0x40_1000, 0x9000, 12, READ, 0);
        table.map(0x40_2000, 0x6000, 12, READ_WRITE, PageTable.ACCESSED | PageTable.DIRTY);
        table.map(0x40_3000, 0x7000, 12, READ_WRITE, PageTable.GLOBAL);
        table.map(-1L << 21, 0x8000_0000L, 21, Rights.SUPERVISOR, PageTable.GLOBAL);
        image = folder.resolve("ram.img");
        root = "%#x".formatted(table.root());
        save();
    }

    /** Writes what the memory holds by now. */
    void save() throws IOException {
        memory.write(image);
    }

    /** Inspects the tables, with more arguments. */
    CommandLineRun inspect(String... more) {
        return run(prepend(more, image.toString(), "--root", root));
    }

    static CommandLineRun run(String... arguments) {
        return CommandLineRun.of(prepend(arguments, "inspect"));
    }

    static String[] prepend(String[] more, String... first) {
        String[] all = new String[first.length + more.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return all;
    }

    static void assertFails(CommandLineRun run, int status, String... parts) {
        assertThat(run.err()).contains(parts).doesNotContain("at org.memvirt");
        assertThat(run.out()).isEmpty();
        assertThat(run.status()).isEqualTo(status);
    }
}
