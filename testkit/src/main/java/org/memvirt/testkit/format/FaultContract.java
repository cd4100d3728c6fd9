package org.memvirt.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.testkit.trial.Addresses.assertThatAddress;

import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;

/** Walks that fail, and say why. */
public interface FaultContract extends FormatUnderTest {
    @Test
    default void anEmptyTableHasNothingPresent() {
        TableFixture fixture = new TableFixture(format());
        for (long input : anchors()) {
            Walk walk = fixture.walk(input, Rights.SUPERVISOR_READ);
            assertThat(walk.fault).isEqualTo(Fault.NOT_PRESENT);
            assertThatAddress(walk.faultAddress).isEqualTo(input);
            assertThat(walk.faultStage).isEqualTo(Stage.STAGE_1);
            assertThat(walk.faultOnTable).isFalse();
            assertThat(walk.faultAccess).isEqualTo(Rights.SUPERVISOR_READ);
        }
    }

    @Test
    default void eachRightThatAPageLacksIsAPermissionFault() {
        long input = anchors().getFirst();
        for (int shift : format().pageShifts()) {
            for (int rights : rightsToGive()) {
                TableFixture fixture = new TableFixture(format());
                fixture.table.map(input, 0, shift, rights, attributesOfUse());
                for (int access = 1; access <= Rights.SUPERVISOR_EXECUTE; access <<= 1) {
                    boolean permitted = Rights.permit(allowedWhenGiven(rights), access);
                    Walk walk = fixture.walk(input, access);
                    assertThat(walk.fault)
                            .as("%s of a page with %s", Rights.text(access), Rights.text(rights))
                            .isEqualTo(permitted ? Fault.NONE : Fault.PERMISSION);
                    assertThat(walk.succeeded()).isEqualTo(permitted);
                }
            }
        }
    }

    @Test
    default void anAddressThatIsNotAdmittedMakesNoReference() {
        if (format().inputBits() >= Long.SIZE) {
            return;
        }
        TableFixture fixture = new TableFixture(format());
        long outside = 1L << format().inputBits();
        assertThat(format().inRange(outside)).isFalse();
        Walk walk = fixture.walk(outside, Rights.SUPERVISOR_READ);
        assertThat(walk.fault).isEqualTo(Fault.ADDRESS_SIZE);
        assertThat(walk.trail.length()).isZero();
        assertThat(fixture.table.find(outside)).isNull();
    }

    @Test
    default void aWalkThatFailsLeavesTheLeafAsItWas() {
        TableFixture fixture = new TableFixture(format());
        long input = anchors().getFirst();
        for (int rights : rightsToGive()) {
            fixture.table.map(input, 0, basePage(), rights, attributesOfUse());
            Mapping before = fixture.table.find(input);
            for (int access = 1; access <= Rights.SUPERVISOR_EXECUTE; access <<= 1) {
                if (!Rights.permit(allowedWhenGiven(rights), access)) {
                    fixture.walk(input, access);
                    assertThat(fixture.table.find(input)).isEqualTo(before);
                }
            }
            fixture.table.unmap(input);
        }
    }
}
