package org.memvirt.api.vmm;

/** Who is told through what pages a guest reaches its memory. */
public interface MappedVisitor {
    /**
     * Takes one page.
     *
     * @param gpa its first guest-physical address
     * @param pageShift its offset bits
     * @param accessed whether it has been used since {@link HostChange#AGE}
     * @param dirty whether it has been stored to since {@link HostChange#CLEAN}
     */
    void accept(long gpa, int pageShift, boolean accessed, boolean dirty);
}
