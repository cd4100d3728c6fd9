package org.memvirt.api.vmm;

/**
 * What one page table takes that a VMM keeps for its guest: how many tables it consists of, whose memory it may share with
 * others.
 *
 * @param name what it stands for, for people: {@code root 0x201000}
 * @param tables it has now
 * @param mostTables it ever had at once
 * @param entries pages that are mapped in it now
 */
public record TableUse(String name, long tables, long mostTables, long entries) {}
