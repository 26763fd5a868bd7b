import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.Map;

/** A line of stdin: the fields of all tasks, of which each has some. Parts of messages are in base64. */
record Task(
        long id,
        String task,
        String socket,
        String type,
        Map<String, JsonPrimitive> options,
        boolean events,
        String endpoint,
        List<String> prefixes,
        List<String> parts,
        Messages stream,
        Messages replies,
        int from,
        int count,
        List<String> only,
        int envelope,
        List<String> to,
        Map<String, String> users) {}
