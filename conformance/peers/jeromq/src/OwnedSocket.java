import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;
import zmq.ZError;

/**
 * A socket with the one thread that touches it. Others hand it jobs; it tries each without blocking, keeps those that
 * would block, and sleeps until the socket has news or another job comes. Timeouts are kept here, not by JeroMQ.
 */
final class OwnedSocket implements PeerSocket {
    private final ZMQ.Socket socket;
    private final long sendTimeout;
    private final long receiveTimeout;
    private final Selector selector;
    private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private volatile boolean open = true;
    // These belong to the thread.
    private final Queue<Job<?>> sends = new ArrayDeque<>();
    private final Queue<Job<?>> receives = new ArrayDeque<>();

    OwnedSocket(ZMQ.Socket socket) {
        this.socket = socket;
        sendTimeout = socket.getSendTimeOut();
        receiveTimeout = socket.getReceiveTimeOut();
        try {
            selector = Selector.open();
            socket.getFD().register(selector, SelectionKey.OP_READ);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        Thread owner = new Thread(this::run, socket.getSocketType() + " socket");
        owner.setDaemon(true);
        owner.start();
    }

    @Override
    public CompletableFuture<Void> send(List<byte[]> parts) {
        Job<Void> job = new Job<>(() -> trySend(parts), sendTimeout);
        return queue(job, () -> sends.add(job));
    }

    @Override
    public CompletableFuture<List<byte[]>> receive() {
        Job<List<byte[]>> job = new Job<>(this::tryReceive, receiveTimeout);
        return queue(job, () -> receives.add(job));
    }

    @Override
    public <T> CompletableFuture<T> call(Function<ZMQ.Socket, T> work) {
        Job<T> job = new Job<>(() -> Attempt.done(work.apply(socket)), 0);
        return queue(job, job::isOver);
    }

    @Override
    public CompletableFuture<Void> close() {
        return call(closing -> {
            open = false;
            return null;
        });
    }

    private <T> CompletableFuture<T> queue(Job<T> job, Runnable take) {
        inbox.add(take);
        selector.wakeup();
        // The thread may have looked into its inbox for the last time.
        if (!open) {
            job.fail(ZError.ETERM);
        }
        return job.result;
    }

    private void run() {
        try {
            while (open) {
                takeInbox();
                advance(sends);
                advance(receives);
                // Either attempt may have processed the command that the other waited for. Once this has processed all
                // of them, only a new one, which makes the descriptor readable, can change anything.
                if (open && (socket.getEvents() & wanted()) == 0) {
                    sleep();
                }
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        } finally {
            end();
        }
    }

    private void end() {
        open = false;
        takeInbox();
        sends.forEach(job -> job.fail(ZError.ETERM));
        receives.forEach(job -> job.fail(ZError.ETERM));
        socket.close();
    }

    private void takeInbox() {
        for (Runnable next; (next = inbox.poll()) != null; ) {
            next.run();
        }
    }

    /** The first that has to wait holds back those behind it. */
    private static void advance(Queue<Job<?>> jobs) {
        while (!jobs.isEmpty() && jobs.peek().isOver()) {
            jobs.remove();
        }
    }

    private int wanted() {
        return (sends.isEmpty() ? 0 : ZMQ.Poller.POLLOUT) | (receives.isEmpty() ? 0 : ZMQ.Poller.POLLIN);
    }

    private void sleep() throws IOException {
        long patience = Math.min(patienceOf(sends), patienceOf(receives));
        if (patience == Long.MAX_VALUE) {
            selector.select();
        } else if (patience > 0) {
            selector.select(patience);
        }
        selector.selectedKeys().clear();
    }

    /** In milliseconds. Jobs of a queue have the same timeout, so that the first is the first to lose patience. */
    private static long patienceOf(Queue<Job<?>> jobs) {
        return jobs.isEmpty() ? Long.MAX_VALUE : jobs.peek().patience();
    }

    private Attempt<Void> trySend(List<byte[]> parts) {
        int last = parts.size() - 1;
        for (int i = 0; i <= last; i++) {
            // Only a message as a whole can have to wait: once the first part is taken, the others are.
            int flags = (i == 0 ? ZMQ.DONTWAIT : 0) | (i < last ? ZMQ.SNDMORE : 0);
            if (!socket.send(parts.get(i), flags)) {
                return Attempt.wouldBlock();
            }
        }
        return Attempt.done(null);
    }

    private Attempt<List<byte[]>> tryReceive() {
        byte[] first = socket.recv(ZMQ.DONTWAIT);
        if (first == null) {
            return Attempt.wouldBlock();
        }
        List<byte[]> parts = new ArrayList<>(List.of(first));
        while (socket.hasReceiveMore()) {
            parts.add(socket.recv());
        }
        return Attempt.done(parts);
    }

    @FunctionalInterface
    private interface Try<T> {
        Attempt<T> attempt();
    }

    private record Attempt<T>(boolean isDone, T value) {
        static <T> Attempt<T> done(T value) {
            return new Attempt<>(true, value);
        }

        static <T> Attempt<T> wouldBlock() {
            return new Attempt<>(false, null);
        }
    }

    private static final class Job<T> {
        final CompletableFuture<T> result = new CompletableFuture<>();
        private final Try<T> work;
        private final long timeout;
        private final long start = System.nanoTime();

        /** @param timeout in milliseconds; negative for none */
        Job(Try<T> work, long timeout) {
            this.work = work;
            this.timeout = timeout;
        }

        /** Tries; false when it has to be tried again. */
        boolean isOver() {
            try {
                Attempt<T> attempt = work.attempt();
                if (attempt.isDone()) {
                    result.complete(attempt.value());
                } else if (patience() <= 0) {
                    fail(ZError.EAGAIN);
                }
            } catch (RuntimeException error) {
                result.completeExceptionally(error);
            }
            return result.isDone();
        }

        void fail(int code) {
            result.completeExceptionally(new ZMQException(code));
        }

        long patience() {
            return timeout < 0 ? Long.MAX_VALUE : timeout - (System.nanoTime() - start) / 1_000_000;
        }
    }
}
