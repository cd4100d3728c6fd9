package example.flattened;

import org.memvirt.api.table.PageTableFormat;
import org.memvirt.testkit.PageTableFormatContract;

/** All that a format owes, in either stage. */
class FlattenedTableTest extends PageTableFormatContract {
    private final PageTableFormat format = new FlattenedTable();

    @Override
    public PageTableFormat format() {
        return format;
    }
}
