using System.Text.Json;

namespace Fleet.Images;

/// <summary>Why content can't be used or kept.</summary>
public enum ContentFault
{
    /// <summary>The bytes are not those that the digest or the size names.</summary>
    Mismatch,

    /// <summary>The bytes are as named, but no layer, manifest or the like that can be used.</summary>
    Malformed,

    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>The disk, or the quota on it, is full.</summary>
    NoSpace,
}

/// <summary>Content can't be used or kept; nothing of it was left behind.</summary>
public sealed class ContentException(ContentFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    // errno values of Linux, which .NET hands on as HResult.
    private const int NoSpaceOnDevice = 28;
    private const int QuotaExceeded = 122;

    /// <summary>What a caller decides by.</summary>
    public ContentFault Fault { get; } = fault;

    /// <summary>The member that is wrong, e.g. <c>probe.port</c>; empty when it is not about one.</summary>
    public string Field { get; init; } = "";

    internal static ContentException Malformed(string message) => new(ContentFault.Malformed, message);

    internal static ContentException Malformed(string field, string problem) =>
        new(ContentFault.Malformed, $"{field}: {problem}") { Field = field };

    /// <summary>Not the JSON that was expected; the member is named first, and places within the text are left out.</summary>
    internal static ContentException Malformed(string what, JsonException error)
    {
        var field = error.Path?.TrimStart('$', '.') ?? "";
        var problem = error.Message.Split(" Path: ")[0];
        return new ContentException(ContentFault.Malformed, field.Length == 0 ? $"no {what}: {problem}" : $"no {what}: {field}: {problem}", error) { Field = field };
    }

    /// <summary>Whether an error of the file system means that there is no room.</summary>
    internal static bool IsNoSpace(IOException error) => error.HResult is NoSpaceOnDevice or QuotaExceeded;

    internal static ContentException NoSpace(string directory, IOException error) =>
        new(ContentFault.NoSpace, $"no space left in '{directory}': free some, then try again", error);
}
