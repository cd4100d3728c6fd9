package org.memvirt.api.access;

/**
 * What a guest's processes ask of their kernel between accesses. All but {@link Switch} is asked by the process that runs, and
 * about itself. Processes have numbers from 0 on; a guest begins with process 0, which may touch every user address. An event
 * that makes no sense when it comes ends the run with a message that names it. Addresses and sizes are in bytes.
 */
public sealed interface GuestEvent {
    /**
     * The range may be touched from now on; its pages come on demand, empty. What was there is given up.
     *
     * @param start a multiple of the base page size
     * @param bytes likewise, above 0
     * @param rights user {@link Rights}
     */
    record Map(long start, long bytes, int rights) implements GuestEvent {}

    /**
     * The range shows a part of an object that processes share, as a file or shared memory is: what one of them writes there,
     * the others read. Its pages come on demand, empty until somebody writes them, and stay as long as the guest runs. An
     * object begins with its first mapping. What was in the range is given up.
     *
     * @param start a multiple of the base page size
     * @param bytes likewise, above 0
     * @param rights user {@link Rights}
     * @param object its number, from 0 on
     * @param offset of the first byte within the object, a multiple of the base page size
     */
    record MapShared(long start, long bytes, int rights, int object, long offset) implements GuestEvent {}

    /** The range, of whole pages, is given up; the process may not touch it any more. */
    record Unmap(long start, long bytes) implements GuestEvent {}

    /** The range, of whole pages, keeps what it holds and may be touched with these user {@link Rights}. */
    record Protect(long start, long bytes, int rights) implements GuestEvent {}

    /** A new process begins as a copy of the one that runs, which goes on; they share pages until one of them writes. */
    record Fork(int child) implements GuestEvent {}

    /**
     * A new process begins as a thread of the one that runs, which goes on: they have one address space. That is given back
     * when the last of them ends.
     */
    record StartThread(int child) implements GuestEvent {}

    /** The process ends and gives all its memory back; what comes next is a {@link Switch}. */
    record Exit() implements GuestEvent {}

    /** Another process goes on; if there is none of that number, a new one begins, which may touch every user address. */
    record Switch(int process) implements GuestEvent {}

    /**
     * The kernel flushes what is cached for a range of the process, of whole pages, or for all its address space when {@code
     * bytes} is 0; what it may touch stays.
     */
    record Flush(long start, long bytes) implements GuestEvent {}

    /** The event in words, for messages: {@code unmap of 0x1000 bytes from 0x40000000 on}. */
    default String text() {
        return switch (this) {
            case Map(long start, long bytes, int rights) -> range("map", start, bytes) + ", " + Rights.text(rights);
            case MapShared(long start, long bytes, int rights, int object, long offset) ->
                    "%s, %s, of object %d from %#x on"
                            .formatted(range("share", start, bytes), Rights.text(rights), object, offset);
            case Unmap(long start, long bytes) -> range("unmap", start, bytes);
            case Protect(long start, long bytes, int rights) ->
                    range("protect", start, bytes) + ", " + Rights.text(rights);
            case Fork(int child) -> "fork of process " + child;
            case StartThread(int child) -> "start of thread " + child;
            case Exit() -> "exit";
            case Switch(int process) -> "switch to process " + process;
            case Flush(long start, long bytes) -> range("flush", start, bytes);
        };
    }

    private static String range(String what, long start, long bytes) {
        return "%s of %#x bytes from %#x on".formatted(what, bytes, start);
    }
}
