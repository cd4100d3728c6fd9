package org.memvirt.runner.trace;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;

/**
 * The events that a trace can hold, by their number in the binary form and their word in the text form. Each has whole numbers
 * as its operands, in the order of the event's components.
 */
enum EventCode {
    MAP(1, "start size rights") {
        @Override
        GuestEvent event(long[] operands) {
            return new GuestEvent.Map(operands[0], operands[1], rights(operands[2]));
        }

        @Override
        long @Nullable [] operands(GuestEvent event) {
            return event instanceof GuestEvent.Map(long start, long bytes, int rights)
                    ? new long[] {start, bytes, rights}
                    : null;
        }
    },
    UNMAP(2, "start size") {
        @Override
        GuestEvent event(long[] operands) {
            return new GuestEvent.Unmap(operands[0], operands[1]);
        }

        @Override
        long @Nullable [] operands(GuestEvent event) {
            return event instanceof GuestEvent.Unmap(long start, long bytes) ? new long[] {start, bytes} : null;
        }
    },
    PROTECT(3, "start size rights") {
        @Override
        GuestEvent event(long[] operands) {
            return new GuestEvent.Protect(operands[0], operands[1], rights(operands[2]));
        }

        @Override
        long @Nullable [] operands(GuestEvent event) {
            return event instanceof GuestEvent.Protect(long start, long bytes, int rights)
                    ? new long[] {start, bytes, rights}
                    : null;
        }
    },
    FORK(4, "process") {
        @Override
        GuestEvent event(long[] operands) {
            return new GuestEvent.Fork(process(operands[0]));
        }

        @Override
        long @Nullable [] operands(GuestEvent event) {
            return event instanceof GuestEvent.Fork(int child) ? new long[] {child} : null;
        }
    },
    EXIT(5, "") {
        @Override
        GuestEvent event(long[] operands) {
            return new GuestEvent.Exit();
        }

        @Override
        long @Nullable [] operands(GuestEvent event) {
            return event instanceof GuestEvent.Exit ? new long[0] : null;
        }
    },
    SWITCH(6, "process") {
        @Override
        GuestEvent event(long[] operands) {
            return new GuestEvent.Switch(process(operands[0]));
        }

        @Override
        long @Nullable [] operands(GuestEvent event) {
            return event instanceof GuestEvent.Switch(int process) ? new long[] {process} : null;
        }
    },
    FLUSH(7, "start size") {
        @Override
        GuestEvent event(long[] operands) {
            return new GuestEvent.Flush(operands[0], operands[1]);
        }

        @Override
        long @Nullable [] operands(GuestEvent event) {
            return event instanceof GuestEvent.Flush(long start, long bytes) ? new long[] {start, bytes} : null;
        }
    },
    SHARE(8, "start size rights object offset") {
        @Override
        GuestEvent event(long[] operands) {
            return new GuestEvent.MapShared(
                    operands[0], operands[1], rights(operands[2]), process(operands[3]), operands[4]);
        }

        @Override
        long @Nullable [] operands(GuestEvent event) {
            return event instanceof GuestEvent.MapShared(long start, long bytes, int rights, int object, long offset)
                    ? new long[] {start, bytes, rights, object, offset}
                    : null;
        }
    },
    THREAD(9, "process") {
        @Override
        GuestEvent event(long[] operands) {
            return new GuestEvent.StartThread(process(operands[0]));
        }

        @Override
        long @Nullable [] operands(GuestEvent event) {
            return event instanceof GuestEvent.StartThread(int child) ? new long[] {child} : null;
        }
    };

    /** The most operands that an event has. */
    static final int MOST_OPERANDS = 5;

    private static final String RIGHTS = "rights";

    private final int number;
    private final String[] names;

    EventCode(int number, String names) {
        this.number = number;
        this.names = names.isEmpty() ? new String[0] : names.split(" ");
    }

    /** The event of these operands, as many as {@link #names}; an operand out of range is an error. */
    abstract GuestEvent event(long[] operands);

    /** The operands of an event of this kind, or null for another. */
    abstract long @Nullable [] operands(GuestEvent event);

    /** The number in the binary form. */
    int number() {
        return number;
    }

    /** The word in the text form. */
    String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** What the operands are called. */
    String[] names() {
        return names;
    }

    /** Whether an operand is written as {@link Rights} in the text form. */
    boolean isRights(int operand) {
        return names[operand].equals(RIGHTS);
    }

    /** The kind of this number, or null. */
    static @Nullable EventCode of(long number) {
        for (EventCode code : values()) {
            if (code.number == number) {
                return code;
            }
        }
        return null;
    }

    /** The kind of an event. */
    static EventCode of(GuestEvent event) {
        for (EventCode code : values()) {
            if (code.operands(event) != null) {
                return code;
            }
        }
        throw new IllegalArgumentException("a trace has no record for " + event.text());
    }

    private static int rights(long operand) {
        if (operand < 0 || operand > Rights.ALL) {
            throw new IllegalArgumentException("%#x are no rights".formatted(operand));
        }
        return (int) operand;
    }

    private static int process(long operand) {
        if (operand < 0 || operand > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "%d is no number of a process or an object: it is 0 to %d".formatted(operand, Integer.MAX_VALUE));
        }
        return (int) operand;
    }
}
