package org.memvirt.testkit.planted;

import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.ForwardingPort;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** Bugs of hardware: of the walk, and of what it writes. The bits are those of plain and of hashed formats. */
final class WalkBugs {
    private static final long ACCESSED = 1 << 8;
    private static final long DIRTY = 1 << 9;

    /** What a walk allocated last. */
    static long[] allocated = {};

    private WalkBugs() {}

    /** A walk that reads through another port than it is given. */
    private abstract static class Through extends PlantedFormat {
        Through(PageTableFormat sound) {
            super(sound);
        }

        abstract WalkPort port(WalkPort given);

        @Override
        public void walk(Walk walk, WalkPort port) {
            super.walk(walk, port(port));
        }
    }

    private static PageTableFormat losing(PageTableFormat sound, long flag) {
        return new Through(sound) {
            @Override
            WalkPort port(WalkPort given) {
                return new ForwardingPort(given) {
                    @Override
                    public boolean updateEntry(
                            Walk walk, int level, long address, long hostAddress, long expected, long update) {
                        return super.updateEntry(walk, level, address, hostAddress, expected, update & ~flag);
                    }
                };
            }
        };
    }

    static PageTableFormat lostAccessedFlag(PageTableFormat sound) {
        return losing(sound, ACCESSED);
    }

    static PageTableFormat lostDirtyFlag(PageTableFormat sound) {
        return losing(sound, DIRTY);
    }

    /** The lowest bit of the index is taken for one of the offset. */
    static PageTableFormat wrongIndexBits(PageTableFormat sound) {
        return new PlantedFormat(sound) {
            @Override
            public void walk(Walk walk, WalkPort port) {
                long asked = walk.inputAddress;
                walk.inputAddress = asked & ~(1L << sound.pageShifts().getFirst());
                super.walk(walk, port);
                walk.inputAddress = asked;
            }
        };
    }

    /** A change of the answer of walks that succeed. */
    private interface Answer {
        void spoil(Walk walk);
    }

    private static PageTableFormat answering(PageTableFormat sound, Answer answer) {
        return new PlantedFormat(sound) {
            @Override
            public void walk(Walk walk, WalkPort port) {
                super.walk(walk, port);
                if (walk.succeeded()) {
                    answer.spoil(walk);
                }
            }
        };
    }

    static PageTableFormat droppedGlobal(PageTableFormat sound) {
        return answering(sound, walk -> walk.global = false);
    }

    static PageTableFormat lostOffset(PageTableFormat sound) {
        return answering(sound, walk -> walk.outputAddress &= -1L << walk.pageShift);
    }

    static PageTableFormat wrongPageSize(PageTableFormat sound) {
        return answering(sound, walk -> walk.pageShift++);
    }

    static PageTableFormat cleanPageKeptWritable(PageTableFormat sound) {
        return answering(sound, walk -> walk.allowed |= (walk.allowed & Rights.READ) << 1);
    }

    static PageTableFormat allocation(PageTableFormat sound) {
        return answering(sound, walk -> allocated = new long[] {walk.outputAddress});
    }

    /** What the second stage withholds is allowed again. */
    static PageTableFormat rightsDroppedUnderNesting(PageTableFormat sound) {
        return new Through(sound) {
            @Override
            WalkPort port(WalkPort given) {
                return new ForwardingPort(given) {
                    @Override
                    public void resolveLeaf(Walk walk) {
                        int ofStageOne = walk.allowed;
                        super.resolveLeaf(walk);
                        walk.allowed = ofStageOne;
                    }
                };
            }
        };
    }

    /** A fault of the second stage is told as one of the guest's. */
    static PageTableFormat mistakenStage(PageTableFormat sound) {
        return new PlantedFormat(sound) {
            @Override
            public void walk(Walk walk, WalkPort port) {
                super.walk(walk, port);
                if (!walk.succeeded()) {
                    walk.faultStage = Stage.STAGE_1;
                }
            }
        };
    }

    /** An entry that the second stage lacks is taken for one that is empty. */
    static PageTableFormat ignoredStageTwoFault(PageTableFormat sound) {
        return new Through(sound) {
            @Override
            WalkPort port(WalkPort given) {
                return new ForwardingPort(given) {
                    @Override
                    public long readEntry(Walk walk, int level, long address) {
                        long entry = super.readEntry(walk, level, address);
                        walk.forgive();
                        return entry;
                    }
                };
            }
        };
    }

    /** Each entry is read twice. */
    static PageTableFormat moreReferencesThanTold(PageTableFormat sound) {
        return new Through(sound) {
            @Override
            WalkPort port(WalkPort given) {
                return new ForwardingPort(given) {
                    @Override
                    public long readEntry(Walk walk, int level, long address) {
                        super.readEntry(walk, level, address);
                        return super.readEntry(walk, level, address);
                    }
                };
            }
        };
    }

    /** A walk says that it takes no time. */
    static PageTableFormat wrongDepth(PageTableFormat sound) {
        return answering(sound, walk -> walk.trail.setDepth(0));
    }

    /** An access that a page does not allow is let through. */
    static PageTableFormat uncheckedRights(PageTableFormat sound) {
        return new PlantedFormat(sound) {
            @Override
            public void walk(Walk walk, WalkPort port) {
                int access = walk.access;
                walk.access = Rights.NONE;
                super.walk(walk, port);
                walk.access = access;
            }
        };
    }

    /** A walk that a cache lets go on further down begins with the wrong table. */
    static PageTableFormat wrongTableWhenResumed(PageTableFormat sound) {
        return new PlantedFormat(sound) {
            @Override
            public void walk(Walk walk, WalkPort port) {
                if (walk.resumeLevel != 0) {
                    walk.resumeHostAddress = Walk.NOWHERE;
                    walk.resumeTable = walk.root;
                }
                super.walk(walk, port);
            }
        };
    }

    /** An address that is too wide is translated without its upper bits. */
    static PageTableFormat uncheckedRange(PageTableFormat sound) {
        return new PlantedFormat(sound) {
            @Override
            public void walk(Walk walk, WalkPort port) {
                super.walk(walk, port);
                if (walk.fault == Fault.ADDRESS_SIZE) {
                    walk.start(walk.root, walk.inputAddress & (1L << inputBits()) - 1, walk.access);
                    super.walk(walk, port);
                }
            }
        };
    }
}
