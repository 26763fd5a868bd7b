import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletionException;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;

/**
 * A peer on JeroMQ: reads tasks from stdin, one JSON object a line, and writes answers and events to stdout, as
 * conformance/peers/README.md tells. What the tasks do is in {@link Host}. It ends when its stdin does.
 */
public final class Peer {
    private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    public static void main(String[] args) throws IOException {
        Host host = new Host(Peer::write);
        write(Map.of("event", "ready", "library", "jeromq", "version", version()));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null; ) {
            Task task = JSON.fromJson(line, Task.class);
            // Tasks start in the order of their lines and end in any.
            host.perform(task).whenComplete((answer, error) -> write(answerTo(task, answer, error)));
        }
        // Messages and waiting tasks would hold the process; nobody is left to want them.
        Runtime.getRuntime().halt(0);
    }

    private static Object answerTo(Task task, Object answer, Throwable error) {
        return error == null
                ? Map.of("id", task.id(), "ok", answer == null ? Map.of() : answer)
                : Map.of("id", task.id(), "error", described(error));
    }

    private static Map<String, String> described(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        Map<String, String> described = new LinkedHashMap<>();
        ZMQ.Error known = knownAs(cause);
        boolean hasWords = cause.getMessage() != null && !(cause instanceof ZMQException);
        described.put("message", hasWords ? cause.getMessage() : known != null ? known.getMessage() : cause.toString());
        if (known != null) {
            described.put("code", known.name());
        }
        return described;
    }

    private static ZMQ.Error knownAs(Throwable error) {
        if (error instanceof ZMQException failure) {
            return ZMQ.Error.findByCode(failure.getErrorCode());
        } else if (error instanceof UnsupportedOperationException) {
            return ZMQ.Error.ENOTSUP;
        }
        return error instanceof IllegalArgumentException ? ZMQ.Error.EINVAL : null;
    }

    private static synchronized void write(Object line) {
        OUT.println(JSON.toJson(line));
    }

    /** What its jar says: {@code ZMQ.getVersionString()} names the libzmq that JeroMQ follows. */
    private static String version() throws IOException {
        Properties properties = new Properties();
        try (var file = ZMQ.class.getResourceAsStream("/META-INF/maven/org.zeromq/jeromq/pom.properties")) {
            properties.load(file);
        }
        return properties.getProperty("version");
    }
}
