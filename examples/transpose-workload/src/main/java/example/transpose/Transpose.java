package example.transpose;

import java.util.List;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

/**
 * The transposition of a square matrix of 8-byte elements, block by block: each element is loaded from a row of the one
 * matrix and stored to a column of the other. When all are done it begins again.
 */
public final class Transpose implements WorkloadProvider {
    private static final long FROM = 1L << 32;
    private static final long TO = 1L << 33;
    private static final int MOST_ROWS = 1 << 14;

    @Override
    public String name() {
        return "transpose";
    }

    @Override
    public String description() {
        return "the transposition of a square matrix, block by block";
    }

    @Override
    public List<Option> options() {
        return List.of(
                new Option("rows", Option.Kind.INTEGER, "1024", "of the matrix, and as many columns; at most 16384"),
                new Option("block", Option.Kind.INTEGER, "1024", "rows of a block, and as many columns; divides the rows"));
    }

    @Override
    public AccessSource open(Options options, long accesses, long seed) {
        long rows = options.integer("rows");
        long block = options.integer("block");
        if (rows < 1 || rows > MOST_ROWS || block < 1 || rows % block != 0) {
            throw new IllegalArgumentException(
                    "rows=%d, block=%d: there are 1 to %d rows, and the block divides them"
                            .formatted(rows, block, MOST_ROWS));
        }
        return new Source(rows, block, accesses);
    }

    private static final class Source implements AccessSource {
        private final long rows;
        private final long block;
        private final long accesses;
        private long given;

        Source(long rows, long block, long accesses) {
            this.rows = rows;
            this.block = block;
            this.accesses = accesses;
        }

        /** Access 2n loads the n-th element, access 2n+1 stores it. */
        @Override
        public boolean fill(AccessBatch batch) {
            batch.clear();
            while (given < accesses && !batch.isFull()) {
                long element = given / 2 % (rows * rows);
                long inBlock = element % (block * block);
                long blockNumber = element / (block * block);
                long row = blockNumber / (rows / block) * block + inBlock / block;
                long column = blockNumber % (rows / block) * block + inBlock % block;
                if (given % 2 == 0) {
                    batch.add(FROM + (row * rows + column) * Long.BYTES, Rights.USER_READ);
                } else {
                    batch.add(TO + (column * rows + row) * Long.BYTES, Rights.USER_WRITE);
                }
                given++;
            }
            return !batch.isEmpty();
        }

        @Override
        public double progress() {
            return (double) given / accesses;
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }
}
