package org.memvirt.testkit.planted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.testkit.HashedFormat;
import org.memvirt.testkit.PageTableFormatContract;
import org.memvirt.testkit.PlainFormat;

/** The contract of formats catches bugs that are planted in copies of a radix and of a hashed format, and says what is wrong. */
final class PlantedBugsTest {
    private static final PageTableFormat RADIX = PlainFormat.usual();
    private static final PageTableFormat HASHED = new HashedFormat(12);

    /** A test of the contract, and what it says. */
    private record Bug(
            String name, PageTableFormat sound, UnaryOperator<PageTableFormat> plant, String test,
            List<String> said) {
        @Override
        public String toString() {
            return "%s in %s".formatted(name, sound.name());
        }
    }

    private static final class Contract extends PageTableFormatContract {
        private final PageTableFormat format;
        private final PageTableFormat stageTwo;

        Contract(PageTableFormat format, PageTableFormat stageTwo) {
            this.format = format;
            this.stageTwo = stageTwo;
        }

        @Override
        public PageTableFormat format() {
            return format;
        }

        @Override
        public PageTableFormat stageTwo() {
            return stageTwo;
        }

        void run(String test) throws Throwable {
            try {
                PageTableFormatContract.class.getMethod(test).invoke(this);
            } catch (InvocationTargetException failed) {
                throw failed.getCause();
            }
        }
    }

    private static final String HISTORY = "aRandomHistoryTranslatesAsAPlainMapDoes";
    private static final String GROWTH = "aTableOfThousandsOfPagesTranslatesAsAPlainMapDoes";

    private static Bug bug(
            String name, PageTableFormat sound, UnaryOperator<PageTableFormat> plant, String test, String... said) {
        return new Bug(name, sound, plant, test, List.of(said));
    }

    private static Stream<Bug> ofBoth(
            String name, UnaryOperator<PageTableFormat> plant, String test, String... said) {
        return Stream.of(bug(name, RADIX, plant, test, said), bug(name, HASHED, plant, test, said));
    }

    static Stream<Bug> bugs() {
        return Stream.of(
                ofBoth("wrong index bits", WalkBugs::wrongIndexBits, HISTORY, "shortest history", " page 0x"),
                ofBoth("lost accessed flag", WalkBugs::lostAccessedFlag, "hardwareSetsTheFlagsThatTheFormatSaysItSets",
                        "whether a used page is accessed: "),
                ofBoth("lost dirty flag", WalkBugs::lostDirtyFlag, "hardwareSetsTheFlagsThatTheFormatSaysItSets",
                        "whether the page is dirty after ----w-"),
                ofBoth("rights dropped under nesting", WalkBugs::rightsDroppedUnderNesting,
                        "aRightThatTheSecondStageWithholdsIsNotAllowed", "allows"),
                ofBoth("dropped global", WalkBugs::droppedGlobal, HISTORY, "is global, of", "global"),
                ofBoth("allocation in the walk", WalkBugs::allocation, "aWalkAllocatesNothing",
                        "bytes that 10000 walks allocate"),
                ofBoth("clean page kept writable", WalkBugs::cleanPageKeptWritable, HISTORY,
                        "allows what may be cached of"),
                ofBoth("wrong page size", WalkBugs::wrongPageSize, HISTORY, "offset bits of the page of"),
                ofBoth("lost offset", WalkBugs::lostOffset, HISTORY, "is walked to", " of 0x"),
                ofBoth("unchecked rights", WalkBugs::uncheckedRights, "eachRightThatAPageLacksIsAPermissionFault",
                        "of a page with", "PERMISSION"),
                ofBoth("unchecked range", WalkBugs::uncheckedRange, "anAddressThatIsNotAdmittedMakesNoReference",
                        "ADDRESS_SIZE"),
                ofBoth("mistaken stage of a fault", WalkBugs::mistakenStage, "aLeafThatTheSecondStageLacksIsItsFault",
                        "STAGE_2"),
                ofBoth("ignored stage-2 fault", WalkBugs::ignoredStageTwoFault,
                        "aTableThatTheSecondStageLacksIsItsFaultOnATable", "STAGE_2"),
                ofBoth("more references than told", WalkBugs::moreReferencesThanTold,
                        "aWalkMakesNoMoreReferencesThanTheFormatSays", "references of"),
                ofBoth("wrong depth", WalkBugs::wrongDepth, "aWalkMakesNoMoreReferencesThanTheFormatSays",
                        "references one after another"),
                ofBoth("lost invalidation of unmap", TableBugs::lostInvalidationOfUnmap, HISTORY, "what is stale of",
                        "unmap 0x"),
                ofBoth("lost invalidation of protect", TableBugs::lostInvalidationOfProtect, HISTORY,
                        "what is stale of", "protect 0x"),
                ofBoth("invalidation of half a page", TableBugs::invalidationOfHalf, HISTORY, "is stale: it should be"),
                ofBoth("protect that cleans", TableBugs::protectCleans, "protectChangesTheRightsAndNothingElse",
                        "dirty"),
                ofBoth("conflict ignored", TableBugs::conflictIgnored, HISTORY, "mapping what is mapped"),
                ofBoth("global not stored", TableBugs::globalNotStored, HISTORY, "global"),
                ofBoth("entries that move before they are copied", TableBugs::moveBeforeCopy, HISTORY,
                        "in the middle of an edit of another page"),
                ofBoth("leak on release", TableBugs::leakOnRelease, HISTORY, "bytes of tables not given back"),
                Stream.of(
                        bug("split by unmapping", RADIX, TableBugs::splitByUnmapping, HISTORY,
                                "in the middle of an edit",
                                "split 0x"),
                        bug("wrong table when resumed", RADIX, WalkBugs::wrongTableWhenResumed,
                                "aWalkResumedAtAnyTableAnswersAsTheWholeWalk", "resumed at level"),
                        bug("tables that go untold", RADIX, TableBugs::lostInvalidationOfTables, HISTORY,
                                "shortest history"),
                        bug("leak of tables that a large page replaces", RADIX, TableBugs::leakOnGrowth, HISTORY,
                                "of memory that it holds"),
                        bug("a root that moves untold", HASHED, TableBugs::lostInvalidationOfTables, GROWTH,
                                "the root moved from 0x"),
                        bug("leak on growth", HASHED, TableBugs::leakOnGrowth, GROWTH, "of memory that it holds"),
                        bug("growth that loses a page", HASHED, TableBugs::growthLosesAPage, GROWTH,
                                "shortest history"),
                        bug("growth that loses dirty flags", HASHED, TableBugs::growthCleans, GROWTH,
                                "shortest history")))
                .flatMap(bugs -> bugs);
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void theContractCatches(Bug bug) {
        Contract sound = new Contract(bug.sound, RADIX);
        assertThatCode(() -> sound.run(bug.test)).doesNotThrowAnyException();
        Contract planted = new Contract(bug.plant.apply(bug.sound), RADIX);
        assertThatThrownBy(() -> planted.run(bug.test))
                .isInstanceOf(AssertionError.class)
                .hasMessageContainingAll(bug.said.toArray(String[]::new))
                .satisfies(failed -> assertThat(String.valueOf(failed.getMessage()).lines().count())
                        .as("lines of a message that can be read")
                        .isLessThan(40));
    }
}
