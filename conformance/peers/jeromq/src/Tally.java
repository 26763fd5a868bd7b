import java.util.List;
import java.util.function.IntFunction;

/** What arrived of a run, checked message by message as it comes. */
final class Tally {
    private final int expected;
    private final IntFunction<List<byte[]>> message;
    private int count;
    private long parts;
    private long bytes;
    private int foreign;
    private long start = -1;
    private String fault;

    /** The answer to a task; {@code fault} is null, and left out, when nothing is wrong. */
    record Answer(int count, long parts, long bytes, int foreign, double milliseconds, String fault) {}

    Tally(int expected, IntFunction<List<byte[]>> message) {
        this.expected = expected;
        this.message = message;
    }

    boolean isComplete() {
        return count == expected;
    }

    int count() {
        return count;
    }

    void begin() {
        if (start < 0) {
            start = System.nanoTime();
        }
    }

    void add(List<byte[]> received) {
        String difference = fault == null ? Messages.difference(received, message.apply(count)) : null;
        if (difference != null) {
            fault = "message %d of %d: %s".formatted(count, expected, difference);
        }
        count++;
        parts += received.size();
        bytes += received.stream().mapToLong(part -> part.length).sum();
    }

    void addForeign() {
        foreign++;
    }

    /** What ended the run before its time. */
    void stop(RuntimeException error) {
        if (fault == null) {
            fault = "%d of %d messages are missing: %s".formatted(expected - count, expected, error);
        }
    }

    Answer answer() {
        double milliseconds = start < 0 ? 0 : (System.nanoTime() - start) / 1e6;
        return new Answer(count, parts, bytes, foreign, milliseconds, fault);
    }
}
