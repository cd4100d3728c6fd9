package org.memvirt.runner.config;

import java.util.Map;
import org.memvirt.engine.guest.GuestPolicy;
import org.memvirt.runner.usage.WrongUsage;

/** What the guest kernel chooses beside its page sizes, as options have it. */
final class GuestChoice {
    private GuestChoice() {}

    /**
     * Reads the options.
     *
     * @param asidBits of the tags that hardware has for address spaces
     * @param sizes how many page sizes the format has
     * @param config where what is not usual is put
     */
    static GuestPolicy of(MachineOptions options, int asidBits, int sizes, Map<String, Object> config) {
        int tags = tags(options.guestTags, asidBits);
        if (options.guestFlushCeiling < 0) {
            throw new WrongUsage("--guest-flush-ceiling %d: it is a number of pages, or 0 for none"
                    .formatted(options.guestFlushCeiling));
        }
        if (options.guestCollapse < 0 || options.guestCollapse > 0 && sizes < 2) {
            throw new WrongUsage("--guest-collapse %d: it is a number of accesses, or 0 for never, and the format needs"
                    .formatted(options.guestCollapse) + " a page size above its smallest");
        }
        if (options.guestFlushCeiling > 0) {
            config.put("guest-flush-ceiling", options.guestFlushCeiling);
        }
        if (tags != GuestPolicy.ALL_TAGS) {
            config.put("guest-tags", options.guestTags);
        }
        if (options.guestFreeTables) {
            config.put("guest-free-tables", true);
        }
        if (options.guestCollapse > 0) {
            config.put("guest-collapse", options.guestCollapse);
        }
        return new GuestPolicy(options.guestFlushCeiling, tags, options.guestFreeTables, options.guestCollapse);
    }

    private static int tags(String given, int asidBits) {
        int most = (1 << asidBits) - 1;
        if (given.equals("all")) {
            return GuestPolicy.ALL_TAGS;
        }
        if (given.equals("off")) {
            return GuestPolicy.NO_TAGS;
        }
        if (!given.matches("[1-9][0-9]{0,8}") || Integer.parseInt(given) > most) {
            throw new WrongUsage("--guest-tags %s: it is all, off, or a number of tags on each CPU; hardware has %d"
                    .formatted(given, most) + " besides the kernel's");
        }
        return Integer.parseInt(given);
    }
}
