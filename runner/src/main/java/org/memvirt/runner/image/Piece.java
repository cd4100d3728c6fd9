package org.memvirt.runner.image;

/**
 * A stretch of guest-physical memory that lies in a file in one piece.
 *
 * @param address the first guest-physical address
 * @param bytes its length
 * @param offset where it begins in the file
 */
record Piece(long address, long bytes, long offset) {
    long end() {
        return address + bytes;
    }

    @Override
    public String toString() {
        return "%#x-%#x".formatted(address, end());
    }
}
