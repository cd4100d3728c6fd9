package org.memvirt.conform;

/**
 * An answer that is not as recorded.
 *
 * @param caseId the recording's name of the case
 * @param line of the file, from 1
 * @param index of the line in its {@link VectorLines}
 * @param access or step, from 0 in the case, or {@link #AFTERWARDS}
 * @param question what was asked
 * @param expected what the processor answered, by the manual where the file says so
 * @param got what memvirt answers
 */
public record Mismatch(
        String caseId, long line, int index, int access, String question, String expected, String got) {
    /** No access, but a word of a table once all are made. */
    public static final int AFTERWARDS = -1;
}
