package org.memvirt.x86;

import java.util.LinkedHashMap;
import java.util.Map;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.walk.Walk;

/** One page mapped with all rights, whose entries a test then bends. */
final class OneMapping {
    static final ArchitectedPageTables X86 = (ArchitectedPageTables) new X86Mmu().architecture();

    final RadixFormat format;
    final PlainMemory memory = new PlainMemory();
    final long input;
    final long output;
    final PageTable table;
    final Walk walk = Walk.outer();
    /** By level, where the walk finds its entry; 0 below the leaf. */
    final long[] entryAddress = new long[Walk.LEVELS];

    OneMapping(String format, String options, int pageShift) {
        this(format, options, pageShift, PageTable.ACCESSED | PageTable.DIRTY);
    }

    OneMapping(String format, String options, int pageShift, int attributes) {
        this.format = format(format, options);
        input = 0x1234_5678_9000L & (1L << this.format.inputBits() - 1) - 1 & -1L << pageShift;
        // Entries of 4 bytes have room for more than 32 bits in large pages alone.
        output = entryBytes() == 4 && pageShift == 12
                ? 0xc000_0000L
                : 0x3_c000_0000L & (1L << this.format.outputBits()) - 1;
        table = this.format.create(memory, memory);
        table.map(input, output, pageShift, Rights.ALL, attributes);
        Walk search = Walk.outer();
        search.start(table.root(), input, Rights.NONE);
        search.recordsTables = true;
        this.format.walk(search, new ReadingPort(memory));
        for (int level = search.lowestVisited; level <= search.highestVisited; level++) {
            int shift = this.format.geometry().levels().get(level - 1).shift();
            long index = input >>> shift & (1L << this.format.coverShift(level) - shift) - 1;
            entryAddress[level] = search.table[level] + index * entryBytes();
        }
    }

    static RadixFormat format(String name, String options) {
        return (RadixFormat) X86.formats().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow()
                .with(options(options));
    }

    /** {@code a=on b=3} as a map. */
    static Map<String, String> options(String text) {
        Map<String, String> options = new LinkedHashMap<>();
        for (String each : text.isBlank() ? new String[0] : text.strip().split(" +")) {
            options.put(each.substring(0, each.indexOf('=')), each.substring(each.indexOf('=') + 1));
        }
        return options;
    }

    int entryBytes() {
        return format.geometry().entryBytes();
    }

    long entry(int level) {
        return memory.entry(entryAddress[level], entryBytes());
    }

    /** Clears and sets bits of the entry at {@code level}. */
    OneMapping bend(int level, long clear, long set) {
        memory.entry(entryAddress[level], entryBytes(), entry(level) & ~clear | set);
        return this;
    }

    Walk access(int rights) {
        walk.start(table.root(), input, rights);
        format.walk(walk, memory);
        return walk;
    }

    /** The rights of the page, as a walk that needs none tells them. */
    int allowed() {
        return access(Rights.NONE).allowed;
    }

    /** The fields of the fault that an access makes. */
    Map<String, Long> fault(int rights) {
        return X86.encode(access(rights)).fields();
    }

    /** Rights of the word {@code user-read} and the like. */
    static int rights(String text) {
        int user =
                switch (text.substring(text.indexOf('-') + 1)) {
                    case "read" -> Rights.USER_READ;
                    case "write" -> Rights.USER_WRITE;
                    case "execute" -> Rights.USER_EXECUTE;
                    case "modify" -> Rights.USER_READ | Rights.USER_WRITE;
                    default -> throw new IllegalArgumentException(text);
                };
        return text.startsWith("user") ? user : user << Rights.SUPERVISOR_SHIFT;
    }
}
