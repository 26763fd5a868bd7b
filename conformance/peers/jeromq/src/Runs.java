import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.zeromq.ZMQException;
import zmq.ZError;

/** The tasks that are runs of messages of a {@link Messages} stream. Each blocks its own thread. */
final class Runs {
    private static final byte[] NOTHING = {};

    private Runs() {}

    /** The answer to a {@code produce}. */
    record Output(int count, long parts, long bytes, double milliseconds) {}

    static Output produce(PeerSocket socket, Task run) {
        return send(run, message -> await(socket.send(message)));
    }

    /** A STREAM knows no messages: it sends their bytes to the peer that its first notice tells of. */
    static Output pour(PeerSocket socket, Task run) {
        byte[] peer = await(socket.receive()).get(0);
        return send(run, message -> {
            byte[] bytes = Messages.join(message);
            // Nothing at all would close the connection.
            if (bytes.length > 0) {
                await(socket.send(List.of(peer, bytes)));
            }
        });
    }

    private static Output send(Task run, Consumer<List<byte[]>> send) {
        long parts = 0;
        long bytes = 0;
        long start = System.nanoTime();
        for (int index = run.from(); index < run.from() + run.count(); index++) {
            List<byte[]> message = run.stream().message(index);
            send.accept(message);
            parts += message.size();
            bytes += message.stream().mapToLong(part -> part.length).sum();
        }
        return new Output(run.count(), parts, bytes, (System.nanoTime() - start) / 1e6);
    }

    static Tally.Answer consume(PeerSocket socket, Task run) {
        int[] indices = expected(run);
        Tally tally = new Tally(indices.length, i -> run.stream().message(indices[i]));
        return attempt(tally, () -> {
            while (!tally.isComplete()) {
                List<byte[]> whole = await(socket.receive());
                List<byte[]> message = whole.subList(Math.min(run.envelope(), whole.size()), whole.size());
                tally.begin();
                if (isForeign(message, run.stream())) {
                    tally.addForeign();
                } else {
                    tally.add(message);
                }
            }
        });
    }

    /** A STREAM takes as many bytes as the run has; what it is told of connections has none. */
    static Tally.Answer collect(PeerSocket socket, Task run) {
        byte[] bytes = Messages.join(IntStream.range(run.from(), run.from() + run.count())
                .mapToObj(run.stream()::message)
                .flatMap(List::stream)
                .toList());
        List<byte[]> chunks = new ArrayList<>();
        Tally whole = new Tally(1, i -> List.of(bytes));
        attempt(whole, () -> {
            whole.begin();
            for (int length = 0; length < bytes.length; length += chunks.get(chunks.size() - 1).length) {
                chunks.add(await(socket.receive()).get(1));
            }
            whole.add(List.of(Messages.join(chunks)));
        });
        Tally.Answer answer = whole.answer();
        int count = answer.fault() == null ? run.count() : 0;
        return new Tally.Answer(
                count, chunks.size(), answer.bytes(), 0, answer.milliseconds(), answer.fault());
    }

    static Tally.Answer request(PeerSocket socket, Task run) {
        List<byte[]> to = run.to() == null ? List.of() : decode(run.to());
        Tally tally = new Tally(run.count(), i -> run.replies().message(run.from() + i));
        return attempt(tally, () -> {
            tally.begin();
            while (!tally.isComplete()) {
                sendOnceKnown(socket, concat(to, run.stream().message(run.from() + tally.count())));
                List<byte[]> reply = await(socket.receive());
                tally.add(reply.subList(Math.min(to.size(), reply.size()), reply.size()));
            }
        });
    }

    static Tally.Answer serve(PeerSocket socket, Task run) {
        Tally tally = new Tally(run.count(), i -> run.stream().message(run.from() + i));
        return attempt(tally, () -> {
            while (!tally.isComplete()) {
                List<byte[]> whole = await(socket.receive());
                int cut = Math.min(run.envelope(), whole.size());
                List<byte[]> envelope = whole.subList(0, cut);
                List<byte[]> message = whole.subList(cut, whole.size());
                tally.begin();
                if (isForeign(message, run.stream())) {
                    tally.addForeign();
                    await(socket.send(concat(envelope, List.of(NOTHING))));
                } else {
                    List<byte[]> answer = run.replies().message(run.from() + tally.count());
                    tally.add(message);
                    await(socket.send(concat(envelope, answer)));
                }
            }
        });
    }

    static List<byte[]> decode(List<String> parts) {
        return parts.stream().map(Base64.getDecoder()::decode).toList();
    }

    static List<String> encode(List<byte[]> parts) {
        return parts.stream().map(Base64.getEncoder()::encodeToString).toList();
    }

    /** Waits, and throws what failed as itself. */
    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException error) {
            throw error.getCause() instanceof RuntimeException cause ? cause : error;
        }
    }

    private static Tally.Answer attempt(Tally tally, Runnable run) {
        try {
            run.run();
        } catch (RuntimeException error) {
            tally.stop(error);
        }
        return tally.answer();
    }

    /** A ROUTER knows the peer that it addresses some time after it has connected. */
    private static void sendOnceKnown(PeerSocket socket, List<byte[]> parts) {
        for (; ; ) {
            try {
                await(socket.send(parts));
                return;
            } catch (ZMQException error) {
                if (error.getErrorCode() != ZError.EHOSTUNREACH) {
                    throw error;
                }
                Thread.yield();
            }
        }
    }

    /** The indices of a run that reach a consumer, those of other topics left out. */
    private static int[] expected(Task run) {
        return IntStream.range(run.from(), run.from() + run.count())
                .filter(index -> run.only() == null || run.only().stream().anyMatch(topic(run, index)::startsWith))
                .toArray();
    }

    private static String topic(Task run, int index) {
        String topic = run.stream().topicOf(index);
        return topic == null ? "" : topic;
    }

    private static boolean isForeign(List<byte[]> message, Messages stream) {
        return stream.topics() != null
                && !stream.topics().isEmpty()
                && (message.isEmpty() || !stream.topics().contains(new String(message.get(0), StandardCharsets.UTF_8)));
    }

    private static List<byte[]> concat(List<byte[]> head, List<byte[]> tail) {
        return Stream.concat(head.stream(), tail.stream()).toList();
    }
}
