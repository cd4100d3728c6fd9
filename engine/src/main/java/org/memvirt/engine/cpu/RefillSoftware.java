package org.memvirt.engine.cpu;

import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.architecture.HandlerLengths;

/** What a guest's handlers of TLB exceptions are, and where its kernel, and so its page tables, are found without the TLB. */
public record RefillSoftware(HandlerLengths lengths, AddressLayout layout) {}
