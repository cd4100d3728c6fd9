package org.memvirt.runner.scenario;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a scenario has made of one VM so far. */
final class VmModel {
    /** Those of inputs have lower numbers. */
    private static final int FIRST_OBJECT = 1 << 20;

    final int number;
    final long memory;
    final int vcpus;
    final Map<String, List<ProcessModel>> processes = new LinkedHashMap<>();
    /** Where it ended; empty as long as it has not. */
    String endedAt = "";
    /** Since when its stores are logged; empty as long as they are not. */
    String loggedAt = "";
    private final Map<String, Integer> objects = new HashMap<>();
    private final int[] numbered;

    VmModel(int number, long memory, int vcpus) {
        this.number = number;
        this.memory = memory;
        this.vcpus = vcpus;
        numbered = new int[vcpus];
    }

    /** A process of a name begins, which is the next number on its vCPU. */
    ProcessModel add(String name, int vcpu, boolean plays) {
        ProcessModel process = new ProcessModel(name, new Action.Cpu(number, vcpu), numbered[vcpu]++, plays);
        processes.computeIfAbsent(name, missing -> new ArrayList<>()).add(process);
        return process;
    }

    /** A thread of a process begins. */
    ProcessModel thread(ProcessModel of, String name) {
        ProcessModel thread = of.thread(name, numbered[of.cpu.vcpu()]++);
        processes.computeIfAbsent(name, missing -> new ArrayList<>()).add(thread);
        return thread;
    }

    /** The number of an object that its processes share, by name. */
    int object(String name) {
        return objects.computeIfAbsent(name, missing -> FIRST_OBJECT + objects.size());
    }

    ProcessModel fork(ProcessModel parent, String name) {
        ProcessModel process = parent.fork(name, numbered[parent.cpu.vcpu()]++);
        processes.computeIfAbsent(name, missing -> new ArrayList<>()).add(process);
        return process;
    }
}
