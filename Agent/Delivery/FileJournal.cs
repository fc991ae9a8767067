using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fleet.Agent.Identity;

namespace Fleet.Agent.Delivery;

/// <summary>
/// One small file for each instance: a line with the checksum of the rest, and the state as JSON. It is written aside, fsynced
/// and renamed, so it is the old state or the new one; a checksum that does not fit means a damaged disk.
/// </summary>
internal sealed class FileJournal(string directory) : IJournal
{
    private const string Kind = "fleet-instance-state sha256:";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Dictionary<string, byte[]> _last = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public IReadOnlyList<string> Names() => Directory.Exists(directory)
        ? [.. Directory.EnumerateDirectories(directory).Where(d => File.Exists(Path.Combine(d, "state"))).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)]
        : [];

    public InstanceState? Load(string instance)
    {
        var path = PathOf(instance);
        if (!File.Exists(path)) return null;
        var file = File.ReadAllBytes(path);
        var line = file.AsSpan().IndexOf((byte)'\n');
        var body = file.AsSpan(line + 1);
        if (line < 0 || Encoding.ASCII.GetString(file.AsSpan(0, line)) != Kind + Convert.ToHexStringLower(SHA256.HashData(body)))
            throw new JournalException($"'{path}' is damaged: its checksum does not fit. Restore it, or move it away and bring the instance up anew");
        try
        {
            var state = JsonSerializer.Deserialize(body, StateJson.Default.InstanceState)!;
            if (state.Schema != InstanceState.CurrentSchema)
                throw new JournalException($"'{path}' has schema {state.Schema}, this agent knows {InstanceState.CurrentSchema}: run the agent that wrote it");
            return state;
        }
        catch (JsonException e)
        {
            throw new JournalException($"'{path}' is no state of an instance: {e.Message}", e);
        }
    }

    public void Save(InstanceState state)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(state, StateJson.Default.InstanceState);
        byte[]? last;
        lock (_lock)
        {
            // Forgotten until this is over: a write that fails late may have replaced what was there.
            if (_last.Remove(state.Name, out last) && last.AsSpan().SequenceEqual(body))
            {
                _last[state.Name] = last;
                return;
            }
        }
        var path = PathOf(state.Name);
        try
        {
            Write(path, body);
        }
        catch when (last is not null && Stands(path, last))
        {
            lock (_lock) _last[state.Name] = last;
            throw;
        }
        lock (_lock) _last[state.Name] = body;
    }

    private void Write(string path, byte[] body)
    {
        var home = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(home))
        {
            Directory.CreateDirectory(home);
            DurableFile.FlushDirectory(directory);
        }
        DurableFile.Write(path, Whole(body), OwnerOnly);
    }

    private static bool Stands(string path, byte[] body)
    {
        try
        {
            return File.ReadAllBytes(path).AsSpan().SequenceEqual(Whole(body));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static byte[] Whole(byte[] body) => [.. Encoding.ASCII.GetBytes(Kind + Convert.ToHexStringLower(SHA256.HashData(body)) + "\n"), .. body];

    private string PathOf(string instance) => Path.Combine(directory, instance, "state");
}
