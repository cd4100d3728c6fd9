package org.memvirt.runner.usage;

/** Takes what people shall know beside the result, a sentence each. */
@FunctionalInterface
public interface Notices {
    void say(String text);
}
