package org.memvirt.testkit.planted;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;

/** Bugs of software: of edits, of what they say is stale, and of memory. */
final class TableBugs {
    private TableBugs() {}

    private static PageTableFormat with(PageTableFormat sound, UnaryOperator<PageTable> table) {
        return new PlantedFormat(sound) {
            @Override
            PageTable table(PageTable ofSound) {
                return table.apply(ofSound);
            }
        };
    }

    static PageTableFormat lostInvalidationOfUnmap(PageTableFormat sound) {
        return with(sound, table -> new PlantedTable(table) {
            @Override
            public Invalidation unmap(long inputAddress) {
                super.unmap(inputAddress);
                return Invalidation.NOTHING;
            }
        });
    }

    static PageTableFormat lostInvalidationOfProtect(PageTableFormat sound) {
        return with(sound, table -> new PlantedTable(table) {
            @Override
            public Invalidation protect(long inputAddress, int rights) {
                super.protect(inputAddress, rights);
                return Invalidation.NOTHING;
            }
        });
    }

    /** Tables that went are not told, so that walk caches keep them; where a table grows, its root moves untold. */
    static PageTableFormat lostInvalidationOfTables(PageTableFormat sound) {
        return with(sound, table -> new PlantedTable(table) {
            @Override
            public Invalidation map(long input, long output, int pageShift, int rights, int attributes) {
                super.map(input, output, pageShift, rights, attributes);
                return Invalidation.NOTHING;
            }
        });
    }

    /** Only the first half of a large page is said to be stale. */
    static PageTableFormat invalidationOfHalf(PageTableFormat sound) {
        return with(sound, table -> new PlantedTable(table) {
            @Override
            public Invalidation unmap(long inputAddress) {
                Invalidation stale = super.unmap(inputAddress);
                return stale.what() == Invalidation.Reach.LEAF
                        ? Invalidation.page(stale.address(), stale.pageShift() - 1)
                        : stale;
            }
        });
    }

    static PageTableFormat protectCleans(PageTableFormat sound) {
        return with(sound, table -> new PlantedTable(table) {
            @Override
            public Invalidation protect(long inputAddress, int rights) {
                Invalidation stale = super.protect(inputAddress, rights);
                super.mark(inputAddress, 0, DIRTY);
                return stale;
            }
        });
    }

    /** A page that is there is replaced. */
    static PageTableFormat conflictIgnored(PageTableFormat sound) {
        return with(sound, table -> new PlantedTable(table) {
            @Override
            public Invalidation map(long input, long output, int pageShift, int rights, int attributes) {
                super.unmap(input);
                return super.map(input, output, pageShift, rights, attributes);
            }
        });
    }

    static PageTableFormat globalNotStored(PageTableFormat sound) {
        return with(sound, table -> new PlantedTable(table) {
            @Override
            public Invalidation map(long input, long output, int pageShift, int rights, int attributes) {
                return super.map(input, output, pageShift, rights, attributes & ~GLOBAL);
            }
        });
    }

    /** A page is gone for a moment while it is split. */
    static PageTableFormat splitByUnmapping(PageTableFormat sound) {
        return with(sound, table -> new PlantedTable(table) {
            @Override
            public Invalidation split(long inputAddress, int pageShift) {
                Mapping page = find(inputAddress);
                if (page == null || page.pageShift() <= pageShift) {
                    return super.split(inputAddress, pageShift);
                }
                super.unmap(inputAddress);
                for (long at = 0; at < page.bytes(); at += 1L << pageShift) {
                    super.map(
                            page.inputAddress() + at, page.outputAddress() + at, pageShift, page.allowed(),
                            (page.global() ? GLOBAL : 0) | (page.accessed() ? ACCESSED : 0)
                                    | (page.dirty() ? DIRTY : 0));
                }
                return Invalidation.tables(page.inputAddress(), page.bytes());
            }
        });
    }

    /** Others are unmapped for a moment while one is mapped, as where an entry moves before it is copied. */
    static PageTableFormat moveBeforeCopy(PageTableFormat sound) {
        return with(sound, table -> new PlantedTable(table) {
            @Override
            public Invalidation map(long input, long output, int pageShift, int rights, int attributes) {
                Invalidation stale = super.map(input, output, pageShift, rights, attributes);
                List<Mapping> all = new ArrayList<>();
                super.forEach(all::add);
                Mapping moved = all.getFirst();
                if (moved.inputAddress() != input) {
                    super.unmap(moved.inputAddress());
                    super.map(
                            moved.inputAddress(), moved.outputAddress(), moved.pageShift(), moved.allowed(),
                            (moved.global() ? GLOBAL : 0) | (moved.accessed() ? ACCESSED : 0)
                                    | (moved.dirty() ? DIRTY : 0));
                }
                return stale;
            }
        });
    }

    /** What is written when a table has grown is not what was there before. */
    private abstract static class Growing extends PlantedTable {
        Growing(PageTable sound) {
            super(sound);
        }

        abstract void grown(long input);

        @Override
        public Invalidation map(long input, long output, int pageShift, int rights, int attributes) {
            long root = root();
            Invalidation stale = super.map(input, output, pageShift, rights, attributes);
            if (root() != root) {
                grown(input);
            }
            return stale;
        }

        Mapping another(long input) {
            List<Mapping> all = new ArrayList<>();
            super.forEach(all::add);
            return all.getFirst().inputAddress() == input ? all.getLast() : all.getFirst();
        }
    }

    static PageTableFormat growthLosesAPage(PageTableFormat sound) {
        return with(sound, table -> new Growing(table) {
            @Override
            void grown(long input) {
                sound.unmap(another(input).inputAddress());
            }
        });
    }

    static PageTableFormat growthCleans(PageTableFormat sound) {
        return with(sound, table -> new Growing(table) {
            @Override
            void grown(long input) {
                sound.forEach(page -> sound.mark(page.inputAddress(), 0, DIRTY));
            }
        });
    }

    /** Memory of tables that is not given back. */
    private static PageTableFormat keeping(PageTableFormat sound, boolean onRelease) {
        return new PlantedFormat(sound) {
            @Override
            public PageTable create(TableMemory memory, TableFrames frames) {
                boolean[] releasing = new boolean[1];
                TableFrames leaking = new TableFrames() {
                    @Override
                    public long allocate(long bytes) {
                        return frames.allocate(bytes);
                    }

                    @Override
                    public void release(long address, long bytes) {
                        if (releasing[0] != onRelease) {
                            frames.release(address, bytes);
                        }
                    }
                };
                return new PlantedTable(sound.create(memory, leaking)) {
                    @Override
                    public void release() {
                        releasing[0] = true;
                        super.release();
                    }
                };
            }
        };
    }

    static PageTableFormat leakOnRelease(PageTableFormat sound) {
        return keeping(sound, true);
    }

    static PageTableFormat leakOnGrowth(PageTableFormat sound) {
        return keeping(sound, false);
    }
}
