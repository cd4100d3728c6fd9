package org.memvirt.arm;

import java.util.List;

/** Each fortieth case of {@link RecordedVectorsTest}: where tests are repeated for each of many mutants. */
final class FewRecordingsTest extends RecordedVectorsTest {
    @Override
    protected List<Recording> recordings() {
        return List.of(
                new Recording("arm-s1-4k", 16, 406, 0),
                new Recording("arm-s1-4k-a57", 16, 382, 0),
                new Recording("arm-s1-16k", 16, 374, 0),
                new Recording("arm-s1-64k", 16, 381, 0),
                new Recording("arm-s1-lpa2", 16, 399, 0),
                new Recording("arm-s2-4k", 16, 398, 0),
                new Recording("arm-s2-16k", 16, 381, 0),
                new Recording("arm-s2-64k", 16, 381, 0),
                new Recording("arm-s2-lpa2", 16, 394, 0),
                new Recording("arm-s12-4k", 16, 382, 0),
                new Recording("arm-s12-4k-a57", 16, 375, 0),
                new Recording("arm-s12-mixed", 16, 384, 0));
    }

    @Override
    String folder() {
        return "/vectors/few/";
    }
}
