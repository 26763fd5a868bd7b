import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/**
 * One end of a flow on JeroMQ, in a process of its own; control.ts tells the lines that it speaks. It sends and receives
 * by the plain, blocking calls with default options, and checks what the other sides check.
 */
public final class Rival {
    private static final int RING_BYTES = 1 << 20;

    private final String role;
    private final ZMQ.Socket socket;
    private byte[][] ring = new byte[0][];

    private Rival(String role, ZContext context) {
        this.role = role;
        this.socket = context.createSocket(
                switch (role) {
                    case "push" -> SocketType.PUSH;
                    case "pull" -> SocketType.PULL;
                    case "request" -> SocketType.REQ;
                    case "reply" -> SocketType.REP;
                    default -> throw new IllegalArgumentException("no such end: " + role);
                });
    }

    public static void main(String[] arguments) throws IOException {
        try (ZContext context = new ZContext()) {
            Rival rival = new Rival(arguments[0], context);
            BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) rival.obey(line.split(" "));
        } catch (RuntimeException error) {
            System.out.println("error " + error);
            System.exit(1);
        }
    }

    private void obey(String[] words) {
        switch (words[0]) {
            case "bind" -> {
                socket.bind(words[1]);
                System.out.println("endpoint " + socket.getLastEndpoint());
            }
            case "connect" -> {
                socket.connect(words[1]);
                System.out.println("connected");
            }
            case "run" -> {
                makeRing(Integer.parseInt(words[1]));
                System.out.println("ready");
                System.out.println("done" + run(Integer.parseInt(words[2]), words[3].equals("all")));
            }
            case "cpu" -> System.out.println("cpu " + cpu() / 1_000);
            default -> throw new IllegalArgumentException("unknown command: " + words[0]);
        }
    }

    private static long cpu() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime();
    }

    private String run(int count, boolean all) {
        return switch (role) {
            case "push" -> push(count);
            case "pull" -> pull(count, all);
            case "request" -> request(count, all);
            default -> reply(count);
        };
    }

    /** The same messages as messages.ts makes: their place in the ring first, as far as it fits. */
    private void makeRing(int size) {
        if (ring.length > 0 && ring[0].length == size) return;
        int length = 11;
        for (int candidate : new int[] {101, 251}) if (candidate * size <= RING_BYTES) length = candidate;
        ring = new byte[length][size];
        for (int place = 0; place < length; place++) {
            for (int at = 0; at < size; at++) {
                ring[place][at] = (byte) (at < 4 ? place >> (8 * at) : place * 31 + at * 7);
            }
        }
    }

    private static void check(byte[] found, byte[] expected, boolean all) {
        int last = expected.length - 1;
        if (found.length != expected.length
                || found[0] != expected[0]
                || found[last] != expected[last]
                || (all && !Arrays.equals(found, expected))) {
            throw new IllegalStateException("a message is not what was sent");
        }
    }

    private String push(int count) {
        for (int at = 0; at < count; at++) socket.send(ring[at % ring.length], 0);
        return "";
    }

    private String pull(int count, boolean all) {
        long first = 0;
        for (int at = 0; at < count; at++) {
            byte[] found = socket.recv(0);
            if (at == 0) first = System.nanoTime();
            check(found, ring[at % ring.length], all || at == count - 1);
        }
        return " " + (System.nanoTime() - first);
    }

    /** Median, 99th percentile, least, most, sum and 99.9th percentile, as latency.ts. */
    private String request(int count, boolean all) {
        long[] took = new long[count];
        for (int at = 0; at < count; at++) {
            byte[] message = ring[at % ring.length];
            long start = System.nanoTime();
            socket.send(message, 0);
            byte[] found = socket.recv(0);
            took[at] = System.nanoTime() - start;
            check(found, message, all || at == count - 1);
        }
        long sum = Arrays.stream(took).sum();
        Arrays.sort(took);
        int last = count - 1;
        return " " + took[last / 2] + " " + took[(int) (last * 0.99)] + " " + took[0] + " " + took[last] + " " + sum
                + " " + took[(int) (last * 0.999)];
    }

    private String reply(int count) {
        for (int at = 0; at < count; at++) socket.send(socket.recv(0), 0);
        return "";
    }
}
