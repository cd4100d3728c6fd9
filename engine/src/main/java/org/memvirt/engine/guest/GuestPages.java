package org.memvirt.engine.guest;

/**
 * With what page size the guest kernel answers a demand fault.
 *
 * @param shift offset bits of the page
 * @param transparent whether it takes the format's base page where the larger one does not fit or memory has none left
 */
public record GuestPages(int shift, boolean transparent) {}
