package org.memvirt.runner.inspect;

import org.memvirt.api.access.Rights;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** What entries allow when the state of the dirty bit, which makes a walk withhold the right to write, is left aside. */
public final class Effective {
    private Effective() {}

    /**
     * The rights of a page that a walk, made for no right, has found.
     *
     * @param found that walk, ended well; it is used for another if it holds no right to write
     * @param port through which accessed and dirty bits leave no trace
     */
    static int rights(TableRoot table, Walk found, WalkPort port) {
        int allowed = found.allowed;
        if ((allowed & Rights.WRITE) != 0) {
            return allowed;
        }
        for (int write : new int[] {Rights.SUPERVISOR_WRITE, Rights.USER_WRITE}) {
            found.start(table.root(), found.inputAddress, write);
            table.format().walk(found, port);
            if (found.succeeded()) {
                return allowed | found.allowed & Rights.WRITE;
            }
        }
        return allowed;
    }

    /**
     * The rights as {@code rwxu}: {@code u} when a user may do anything there, and before it what the user, or else the
     * supervisor, may do.
     */
    public static String text(int rights) {
        boolean user = (rights & Rights.USER) != 0;
        int own = user ? rights : rights >>> Rights.SUPERVISOR_SHIFT;
        return ((own & Rights.USER_READ) != 0 ? "r" : "-")
                + ((own & Rights.USER_WRITE) != 0 ? "w" : "-")
                + ((own & Rights.USER_EXECUTE) != 0 ? "x" : "-")
                + (user ? "u" : "-");
    }
}
