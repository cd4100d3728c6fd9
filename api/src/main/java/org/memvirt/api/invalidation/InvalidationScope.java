package org.memvirt.api.invalidation;

/** Which of the mappings under the tags that an operation reaches it removes. */
public enum InvalidationScope {
    /** None. */
    NONE,
    /**
     * Those that would be used to translate the address that is named. Of a page that is kept in pieces, because a second
     * stage or the TLB has no place for its size, only the piece around the address.
     */
    OF_ADDRESS,
    /** The same for every address of the page around it that stage 1 maps: all pieces. */
    OF_PAGE,
    /** All. */
    ALL
}
