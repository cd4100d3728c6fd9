package org.memvirt.runner.plugin;

/**
 * One service that was found.
 *
 * @param name unique among those of its kind
 * @param origin the jar, or folder of classes, that it came from
 */
public record Plugin<T>(String name, T service, String origin) {}
