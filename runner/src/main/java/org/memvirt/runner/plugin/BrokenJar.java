package org.memvirt.runner.plugin;

/**
 * A jar, or something in it, that could not be used.
 *
 * @param jar its path
 * @param reason why, in words for people
 */
public record BrokenJar(String jar, String reason) {}
