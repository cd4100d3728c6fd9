package org.memvirt.api.invalidation;

/** Which values of a tag an operation reaches. */
public enum TagMatch {
    /** All. */
    ANY,
    /** The one in use. */
    CURRENT,
    /** The one that the operation names. */
    GIVEN,
    /** 0 alone. */
    ZERO,
    /** All but 0. */
    NOT_ZERO;

    /** Whether {@code tag} is reached, where {@code current} is in use and {@code given} is named. */
    public boolean reaches(long tag, long current, long given) {
        return switch (this) {
            case ANY -> true;
            case CURRENT -> tag == current;
            case GIVEN -> tag == given;
            case ZERO -> tag == 0;
            case NOT_ZERO -> tag != 0;
        };
    }
}
