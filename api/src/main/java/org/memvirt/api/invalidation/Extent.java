package org.memvirt.api.invalidation;

/** Which of the mappings under the tags that an operation reaches it removes. */
public enum Extent {
    /** None. */
    NONE,
    /** Those that would be used to translate the address that is named: every piece of its page, every table on its way. */
    OF_ADDRESS,
    /** All. */
    ALL
}
