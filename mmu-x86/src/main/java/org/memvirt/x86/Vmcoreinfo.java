package org.memvirt.x86;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Linux tells of an x86 machine in its VMCOREINFO note; the kernel's Documentation/admin-guide/kdump/vmcoreinfo.rst,
 * "x86_64".
 */
final class Vmcoreinfo {
    private static final Pattern SME_MASK = Pattern.compile("(?m)^NUMBER\\(sme_mask\\)=(-?[0-9]{1,19})\\s*$");

    private Vmcoreinfo() {}

    /** The C-bit, when encryption is active: the mask is then one bit. */
    static Map<String, String> registers(String vmcoreinfo) {
        Matcher matcher = SME_MASK.matcher(vmcoreinfo);
        if (!matcher.find()) {
            return Map.of();
        }
        long mask = Long.parseLong(matcher.group(1));
        return Long.bitCount(mask) == 1 ? Map.of("cbit", Integer.toString(Long.numberOfTrailingZeros(mask))) : Map.of();
    }
}
