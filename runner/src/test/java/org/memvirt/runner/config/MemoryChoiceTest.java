package org.memvirt.runner.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.runner.usage.WrongUsage;

class MemoryChoiceTest {
    private static PageTableFormat format(String name) {
        return ServiceLoader.load(MmuProvider.class).stream()
                .map(provider -> provider.get().architecture())
                .flatMap(mmu -> mmu instanceof ArchitectedPageTables tables ? tables.formats().stream() : null)
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static MemoryChoice choose(MachineOptions options, Footprint footprint) {
        PageTableFormat format = format("x86-64");
        PageTableFormat second = format("ept");
        return MemoryChoice.of(options, footprint, PageChoice.of(options, format, second), format, second, null);
    }

    @ParameterizedTest
    @CsvSource({"4K, 4K", "1G, 4K", "1G, 2M", "1G, 1G", "512G, 4K", "3T, 1G", "5M, 1G"})
    void memoryHoldsTheFootprintItsTablesAndTheKernel(String footprint, String pages) {
        MachineOptions options = new MachineOptions();
        options.guestPages = pages;
        long bytes = Sizes.parse(footprint);
        MemoryChoice memory = choose(options, new Footprint(bytes, 1));
        assertThat(memory.guest()).isGreaterThan(bytes + bytes / 512 + (64 << 20))
                .isLessThan(bytes + bytes / 32 + (4L << 30));
        assertThat(memory.guest() % (1 << 30)).isZero();
        assertThat(memory.host()).isGreaterThan(memory.guest() + memory.guest() / 32);
    }

    @Test
    void aTraceGetsGenerousMemory() {
        MemoryChoice memory = choose(new MachineOptions(), Footprint.NOT_KNOWN);
        assertThat(Sizes.text(memory.guest())).isEqualTo("64G");
    }

    @ParameterizedTest
    @CsvSource({"1M, 1G, 4, 12G", "1G, 1G, 1000, 3000G", "1M, 2M, 64, 384M", "5M, 4K, 1000, 5000M"})
    void eachProcessHasItsOwnPages(String footprint, String pages, int processes, String least) {
        MachineOptions options = new MachineOptions();
        options.guestPages = pages;
        long bytes = Sizes.parse(least);
        assertThat(choose(options, new Footprint(Sizes.parse(footprint), processes)).guest())
                .isBetween(bytes, bytes + bytes / 32 + (2L << 30));
    }

    @Test
    void eachProcessOfATraceHasSomePagesOfItsOwn() {
        MachineOptions options = new MachineOptions();
        assertThat(choose(options, new Footprint(Footprint.UNKNOWN, 1000)).guest()).isEqualTo(64L << 30);
        options.guestPages = "1G";
        assertThat(choose(options, new Footprint(Footprint.UNKNOWN, 10)).guest()).isGreaterThan(160L << 30);
    }

    @Test
    void aFootprintThatNoMemoryHoldsGetsAllThatThereIs() {
        for (int processes : new int[] {1, 1024}) {
            assertThat(choose(new MachineOptions(), new Footprint(Long.MAX_VALUE, processes)).guest())
                    .isEqualTo(1L << 47);
        }
    }

    @Test
    void memoryNeverExceedsWhatTheFormatsCanName() {
        PageTableFormat narrow = format("ia32");
        MachineOptions options = new MachineOptions();
        MemoryChoice memory = MemoryChoice.of(
                options, Footprint.NOT_KNOWN, PageChoice.of(options, narrow, null), narrow, null, null);
        // PSE-36 lets large pages alone lie above 4 GiB.
        assertThat(narrow.outputBits()).isEqualTo(40);
        assertThat(memory.guest()).as("the kernel's half of all addresses").isEqualTo(2L << 30);
        options.guestKernel = "free";
        memory = MemoryChoice.of(options, Footprint.NOT_KNOWN, PageChoice.of(options, narrow, null), narrow, null,
                null);
        assertThat(memory.guest()).isEqualTo(4L << 30);
    }

    @ParameterizedTest
    @CsvSource({"ia32", "pae"})
    void moreMemoryThanTheKernelMapsIsRefused(String name) {
        PageTableFormat narrow = format(name);
        MachineOptions options = new MachineOptions();
        options.guestMemory = "3G";
        assertThatThrownBy(() -> MemoryChoice.of(
                options, Footprint.NOT_KNOWN, PageChoice.of(options, narrow, null), narrow, null, null))
                        .isInstanceOf(WrongUsage.class)
                        .hasMessageContaining("reaches 2G")
                        .hasMessageContaining("--guest-kernel free");
        options.guestKernel = "free";
        assertThat(
                MemoryChoice.of(options, Footprint.NOT_KNOWN, PageChoice.of(options, narrow, null), narrow, null, null)
                        .guest()).isEqualTo(3L << 30);
    }

    @ParameterizedTest
    @CsvSource({"ia32, 5G, 4G", "ia32, 4194308K, 4G"})
    void moreMemoryThanSmallPagesReachIsRefused(String name, String given, String most) {
        PageTableFormat narrow = format(name);
        MachineOptions options = new MachineOptions();
        options.guestMemory = given;
        options.guestKernel = "free";
        assertThatThrownBy(() -> MemoryChoice.of(
                options, Footprint.NOT_KNOWN, PageChoice.of(options, narrow, null), narrow, null, null))
                        .isInstanceOf(WrongUsage.class)
                        .hasMessageContaining("pages of 4K of format " + name + " lie below " + most);
        options.guestMemory = most;
        assertThat(
                MemoryChoice.of(options, Footprint.NOT_KNOWN, PageChoice.of(options, narrow, null), narrow, null, null)
                        .guest()).isEqualTo(Sizes.parse(most));
    }

    @Test
    void givenSizesStand() {
        MachineOptions options = new MachineOptions();
        options.guestMemory = "3G";
        options.hostMemory = "7G";
        assertThat(choose(options, new Footprint(1 << 30, 1))).isEqualTo(new MemoryChoice(3L << 30, 7L << 30));
    }

    @ParameterizedTest
    @CsvSource({"0", "5000", "many", "-4K"})
    void nonsenseIsRefused(String size) {
        MachineOptions options = new MachineOptions();
        options.guestMemory = size;
        assertThatThrownBy(() -> choose(options, new Footprint(1 << 30, 1)))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("--guest-memory");
    }

    @Test
    void pageSizesComeFromTheFormats() {
        MachineOptions options = new MachineOptions();
        PageTableFormat format = format("x86-64");
        assertThat(PageChoice.of(options, format, null)).isEqualTo(new PageChoice(12, false, 12, false));
        options.guestPages = "thp";
        options.hostPages = "1G";
        PageChoice transparent = PageChoice.of(options, format, format("ept"));
        assertThat(transparent).isEqualTo(new PageChoice(21, true, 30, false));
        assertThat(transparent.guestText()).isEqualTo("thp");
        options.guestPages = "16K";
        assertThatThrownBy(() -> PageChoice.of(options, format, null))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("format x86-64 has pages of 4K, 2M, 1G");
        options.guestPages = null;
        options.hostPages = "5K";
        assertThatThrownBy(() -> PageChoice.of(options, format, null))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("--host-pages");
    }
}
