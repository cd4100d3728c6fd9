package org.memvirt.engine.host;

/** A guest's kernel as its balloon sees it. */
public interface SpareMemory {
    /** A page of 2^shift bytes that the guest does not use, and does not touch until it has it back; -1 when it has none to spare. */
    long give(int shift);

    /** The guest has the page again; what it held is lost. */
    void takeBack(long gpa, int shift);
}
