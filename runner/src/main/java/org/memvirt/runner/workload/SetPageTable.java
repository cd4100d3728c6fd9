package org.memvirt.runner.workload;

import java.util.List;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

/** A page-table entry set before each access: the page, one of the footprint in turn, is forbidden to write, or allowed again. */
public final class SetPageTable implements WorkloadProvider {
    @Override
    public String name() {
        return "set-page-table";
    }

    @Override
    public String description() {
        return "one page of the footprint after the other is forbidden to write, or allowed again, and then read";
    }

    @Override
    public List<Option> options() {
        return List.of(
                new Option("footprint", Option.Kind.SIZE, "64K", "bytes that it touches, a multiple of 4K"),
                new Option("base", Option.Kind.SIZE, "16T", "the first address, a multiple of 4K"));
    }

    @Override
    public AccessSource open(Options options, long accesses, long seed) {
        Area area = Area.withoutWrites(options);
        return new Script(accesses) {
            private long page;
            private boolean forbids;

            @Override
            void generate(AccessBatch batch, int most) {
                forbids ^= page == 0;
                long address = area.word(page, 0);
                int rights = forbids ? Rights.USER & ~Rights.WRITE : Rights.USER;
                batch.add(new GuestEvent.Protect(address, Area.PAGE, rights));
                batch.add(address, Rights.USER_READ);
                page = page + 1 == area.pages() ? 0 : page + 1;
            }
        };
    }
}
