package org.memvirt.mips;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.architecture.TlbProcessor;
import org.memvirt.api.architecture.TlbProcessor.Answer;

class RecordedProcessorTest {
    private static final MipsArchitecture MIPS = new MipsArchitecture();

    private static Map<String, String> map(String text) {
        Map<String, String> map = new LinkedHashMap<>();
        for (String each : text.strip().split(" +")) {
            if (!each.isEmpty()) {
                String[] parts = each.split("=", 2);
                map.put(parts[0], parts[1]);
            }
        }
        return map;
    }

    private static TlbProcessor processor(String configuration) {
        return MIPS.processor(map(configuration));
    }

    private static Map<String, String> step(TlbProcessor processor, String operation, String operands) {
        return processor.step(operation, map(operands)).fields();
    }

    @Test
    void entriesThatWereThereAreThere() {
        TlbProcessor processor = processor("entries=16 is64=false status=0x0 wired=3 context=0x51800000");
        processor.restore(map("index=4 entryhi=0x400007 entrylo0=0x1016 entrylo1=0x2016 pagemask=0x0"));
        assertThat(step(processor, "load", "va=0x401004 asid=0x7 mode=user")).isEqualTo(map("pa=0x80004"));
        assertThat(step(processor, "tlbp", "entryhi=0x400007")).isEqualTo(map("index=4 probeFailed=false"));
        assertThat(step(processor, "tlbp", "entryhi=0x400008")).isEqualTo(map("probeFailed=true"));
        assertThat(step(processor, "tlbr", "index=4"))
                .isEqualTo(map("entryhi=0x400007 entrylo0=0x1016 entrylo1=0x2016 pagemask=0x0"));
        assertThat(step(processor, "load", "va=0x401004 asid=0x8 mode=kernel"))
                .isEqualTo(
                        map("exception.code=2 exception.vector=0x000 exception.refill=true exception.badvaddr=0x401004"
                                + " exception.entryhi=0x400008 exception.context=0x51802000"));
        assertThat(step(processor, "store", "va=0x401004 asid=0x8 mode=kernel exl=true context=0x60000000"))
                .containsAllEntriesOf(
                        map("exception.code=3 exception.vector=0x180 exception.refill=false exception.context=0x60002000"));
        assertThat(step(processor, "fetch", "va=0x401004 asid=0x8 mode=kernel erl=true")).isEqualTo(map("pa=0x401004"));
        assertThat(step(processor, "fetch", "va=0x80000000 asid=0x8 mode=supervisor"))
                .isEqualTo(
                        map("exception.code=4 exception.vector=0x180 exception.refill=false exception.badvaddr=0x80000000"));
        assertThat(step(processor, "load", "va=0x80000002 asid=0x8 mode=kernel bytes=2")).isEqualTo(map("pa=0x2"));
        assertThat(step(processor, "load", "va=0x80000002 asid=0x8 mode=kernel"))
                .containsEntry("exception.code", "4");
    }

    @Test
    void anAccessHasOneToEightBytes() {
        TlbProcessor processor = processor("entries=16");
        assertThat(step(processor, "load", "va=0x80000001 asid=0x0 mode=kernel bytes=1")).isEqualTo(map("pa=0x1"));
        assertThat(step(processor, "load", "va=0x80000008 asid=0x0 mode=kernel bytes=8")).isEqualTo(map("pa=0x8"));
        assertThat(step(processor, "load", "va=0x80000004 asid=0x0 mode=kernel bytes=8"))
                .containsEntry("exception.code", "4");
    }

    @Test
    void aRandomWriteGoesWhereTheRecordingSays() {
        TlbProcessor processor = processor("entries=16 is64=false wired=3");
        String entry = " entryhi=0x400007 entrylo0=0x1016 entrylo1=0x2016 pagemask=0x0";
        assertThat(step(processor, "tlbwr", "index=3 wired=3 randomBefore=9" + entry)).isEmpty();
        assertThat(step(processor, "tlbp", "entryhi=0x400007")).containsEntry("index", "3");
        assertThatThrownBy(() -> step(processor, "tlbwr", "index=2" + entry))
                .hasMessage("tlbwr writes the entry with index 2, and those below 3 are wired");
        assertThat(step(processor, "wired", "value=2")).isEqualTo(map("wired=2"));
        assertThat(step(processor, "tlbwr", "index=2" + entry)).isEmpty();
        assertThatThrownBy(() -> step(processor, "tlbwr", "index=3 wired=4" + entry)).hasMessageContaining("below 4");
    }

    @Test
    void whatTlbrMayGiveEitherWayIsTold() {
        TlbProcessor processor = processor("config0=0x80000482 config1=0x9e190c8f");
        step(processor, "tlbwi", "index=0 entryhi=0x7fffe011 entrylo0=0x1016 entrylo1=0x2016 pagemask=0x6000");
        Answer answer = processor.step("tlbr", map("index=0"));
        assertThat(answer.openBits()).isEqualTo(Map.of("entryhi", 0x6000L, "entrylo0", 0xc0L, "entrylo1", 0xc0L));
        assertThat(processor.step("tlbp", map("entryhi=0x0")).openBits()).isEmpty();
    }

    @Test
    void a64BitProcessorIsKnownByItsRegisters() {
        TlbProcessor processor =
                processor("config0=0x80004482 config1=0xbe61309a entryHiWritableMask=0xc00003ffffffffff"
                        + " status=0xe0 xcontext=0x5723887000000000 cpu=5KEc prid=0x18900 config2=0x80000000 config3=0x0");
        assertThat(step(processor, "load", "va=0x3ff80001000 asid=0x1 mode=user"))
                .containsAllEntriesOf(map("exception.code=2 exception.vector=0x080 exception.entryhi=0x3ff80000001"
                        + " exception.xcontext=0x57238871ffc00000"));
        assertThat(step(processor, "load", "va=0x40000000000 asid=0x1 mode=user")).containsEntry("exception.code", "4");
        assertThat(step(processor, "load", "va=0x9000000fffffff00 asid=0x1 mode=kernel"))
                .isEqualTo(map("pa=0xfffffff00"));
        TlbProcessor usual = processor("is64=true entries=32 status=0xe0");
        assertThat(step(usual, "load", "va=0x10000000000 asid=0x1 mode=user"))
                .as("SEGBITS is 40")
                .containsEntry("exception.code", "4");
        TlbProcessor wide = processor("is64=true entries=32 status=0xe0 pabits=34");
        assertThat(step(wide, "load", "va=0x9000000400000000 asid=0x1 mode=kernel"))
                .containsEntry("exception.code", "4");
    }

    @Test
    void optionalFeaturesAreKnownByTheRegisters() {
        TlbProcessor processor = processor("entries=16 config3=0x1010 config4=0x20000000 pagegrain=0xd8000000");
        step(processor, "tlbwi", "index=0 entryhi=0x400801 entrylo0=0x80000046 entrylo1=0x40000086 pagemask=0x0");
        assertThat(step(processor, "load", "va=0x400800 asid=0x1 mode=user")).containsEntry("exception.code", "19");
        assertThat(step(processor, "fetch", "va=0x400c00 asid=0x1 mode=user")).containsEntry("exception.code", "20");
        assertThat(step(processor, "load", "va=0x400c00 asid=0x1 mode=user")).isEqualTo(map("pa=0x800"));
        assertThat(step(processor, "tlbinv", "entryhi=0x2")).isEmpty();
        assertThat(step(processor, "tlbp", "entryhi=0x400801")).containsEntry("index", "0");
        step(processor, "tlbinv", "entryhi=0x1");
        assertThat(step(processor, "tlbp", "entryhi=0x400801")).isEqualTo(map("probeFailed=true"));
        step(processor, "tlbwi", "index=0 entryhi=0x400801 entrylo0=0x1 entrylo1=0x1 pagemask=0x0");
        step(processor, "tlbinvf", "");
        assertThat(step(processor, "tlbp", "entryhi=0x400801")).isEqualTo(map("probeFailed=true"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            entries=16 foo=1                        | a MIPS processor has no 'foo'; known are cpu, entries,
            is64=false                              | the configuration has no 'config1'
            entries=x                               | the configuration: entries='x' is no number
            entries=65                              | the configuration: entries is 0 to 64, not 65
            entries=1                               | MIPS: a TLB has 2 to 64 entries, not 1
            cpu=24Kf entries=1                      | 24Kf: a TLB has 2 to 64 entries, not 1
            entries=32 config1=0x9e190c8f           | entries=32, and the MMU Size field of config1=0x9e190c8f says 16
            entries=16 config0=0x80000582           | config0=0x80000582: its MT field names another MMU
            entries=16 config0=0x80000482 is64=true | is64=true, and the AT field of config0=0x80000482 says otherwise
            entries=16 is64=maybe                   | is64 is true or false, not 'maybe'
            entries=16 wired=16                     | wired is 0 to 15, not 16
            entries=16 pabits=40                    | a physical address has 32 to 36 bits (PABITS), not 40
            entries=16 pagegrain=0x20000000         | pagegrain=0x20000000 turns large physical addresses on
            entries=16 is64=true entryHiWritableMask=0xc00000007fffffff | SEGBITS), not 31
            """)
    void aProcessorThatCannotBeIsRefused(String configuration, String message) {
        assertThatThrownBy(() -> processor(configuration))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            halt   | index=0                           | a MIPS processor has no operation 'halt'; known are load, store
            tlbwi  | index=0                           | tlbwi has no 'pagemask'
            tlbr   | index=16                          | tlbr: index is 0 to 15, not 16
            tlbr   | index=-1                          | tlbr: index is 0 to 15, not -1
            wired  | value=16                          | wired: value is 0 to 15, not 16
            load   | va=0x1 asid=0x1                   | the mode of an access is user, supervisor or kernel, not 'null'
            load   | va=0x1 asid=0x1 mode=debug        | not 'debug'
            load   | va=0x1 asid=0x100 mode=user       | load: asid is 0 to 255, not 0x100
            load   | va=0x100000000 asid=1 mode=user   | va=0x100000000 has more than 32 bits
            load   | va=0xg asid=1 mode=user           | load: va='0xg' is no number
            load   | va=0x1 asid=1 mode=user bytes=3   | an access has 1, 2, 4 or 8 bytes, not 3
            load   | va=0x1 asid=1 mode=user bytes=16  | an access has 1, 2, 4 or 8 bytes, not 16
            load   | va=0x1 asid=1 mode=user bytes=0   | an access has 1, 2, 4 or 8 bytes, not 0
            tlbwr  | index=0 wired=16 entryhi=0x0 entrylo0=0x0 entrylo1=0x0 pagemask=0x0 | tlbwr: wired is 0 to 15, not 16
            load   | va=0x1 asid=1 mode=user exl=2     | load: exl is true or false, not '2'
            tlbinv | entryhi=0x1                       | MIPS has neither tlbinv nor tlbinvf
            tlbinvf| entryhi=0x1                       | MIPS has neither tlbinv nor tlbinvf
            """)
    void aStepThatCannotBeIsRefused(String operation, String operands, String message) {
        TlbProcessor processor = processor("entries=16");
        assertThatThrownBy(() -> processor.step(operation, map(operands)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
