using System.CommandLine;
using System.CommandLine.Parsing;
using Fleet.Images;

namespace Fleet.Cli;

/// <summary>An instance as people name it: <c>RESOURCE/INSTANCE</c>.</summary>
internal sealed record InstanceName(string Resource, string Instance)
{
    public override string ToString() => $"{Resource}/{Instance}";
}

/// <summary>A version of an image: <c>IMAGE:VERSION</c>.</summary>
internal sealed record VersionName(string Image, string Version);

/// <summary>A patch of an image: <c>IMAGE/PATCH</c>.</summary>
internal sealed record PatchName(string Image, string Patch);

/// <summary>Arguments that name something of the fleet, checked before anybody is asked.</summary>
internal static class Subjects
{
    public const int LongestRollout = 48;
    private const int LongestId = 64;

    public static Argument<InstanceName> Instance() => new("RESOURCE/INSTANCE")
    {
        Description = "The instance, by device and name.",
        CustomParser = result => Split(result, '/') is { } parts && Name(result, parts.Left, "resource") && Name(result, parts.Right, "instance")
            ? new InstanceName(parts.Left, parts.Right) : null,
    };

    public static Argument<VersionName> Version() => new("IMAGE:VERSION")
    {
        Description = "The image and the label of its version.",
        CustomParser = result => Split(result, ':') is { } parts && Name(result, parts.Left, "image") && Version(result, parts.Right)
            ? new VersionName(parts.Left, parts.Right) : null,
    };

    public static Argument<PatchName> Patch() => new("IMAGE/PATCH")
    {
        Description = "The patch, by image and id.",
        CustomParser = result => Split(result, '/') is { } parts && Name(result, parts.Left, "image") && PatchId(result, parts.Right)
            ? new PatchName(parts.Left, parts.Right) : null,
    };

    public static Argument<string> Resource() => new("RESOURCE")
    {
        Description = "The device.",
        Validators = { result => Check(result, "resource") },
    };

    public static Argument<string> Image() => new("IMAGE")
    {
        Description = "The image.",
        Validators = { result => Check(result, "image") },
    };

    public static Argument<string> Rollout() => Id("ROLLOUT", "The rollout, by its id.", "a rollout", LongestRollout);

    public static Argument<string> Freeze() => Id("FREEZE", "The freeze, by its id.", "a freeze", LongestId);

    /// <summary>Complains when the one token is no id that a caller may choose.</summary>
    public static void CheckId(SymbolResult result, string what, int longest = LongestId)
    {
        if (result.Tokens is [{ Value: var text }]
            && !(text.Length > 0 && text.Length <= longest && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')))
            result.AddError($"'{text}' can't name {what}: expected 1 to {longest} letters, digits and '.-_', beginning with a letter or digit");
    }

    private static Argument<string> Id(string name, string description, string what, int longest) => new(name)
    {
        Description = description,
        Validators = { result => CheckId(result, what, longest) },
    };

    public static Option<string> ImageOption(string description)
    {
        var option = new Option<string>("--image") { Description = description, HelpName = "IMAGE", Required = true };
        option.Validators.Add(result => Check(result, "image"));
        return option;
    }

    /// <summary>Complains when the one token is no name.</summary>
    public static void Check(SymbolResult result, string what)
    {
        if (result.Tokens is [{ Value: var text }]) Name(result, text, what);
    }

    private static bool Name(SymbolResult result, string text, string what)
    {
        if (Names.IsName(text)) return true;
        result.AddError($"'{text}' can't name {(what[0] is 'i' ? "an" : "a")} {what}: {Names.NameRule}");
        return false;
    }

    private static bool Version(SymbolResult result, string text)
    {
        if (Names.IsVersion(text)) return true;
        result.AddError($"'{text}' can't name a version: {Names.VersionRule}");
        return false;
    }

    private static bool PatchId(SymbolResult result, string text)
    {
        if (Names.IsPatchId(text)) return true;
        result.AddError($"'{text}' can't name a patch: {Names.PatchIdRule}");
        return false;
    }

    private static (string Left, string Right)? Split(ArgumentResult result, char separator)
    {
        var text = result.Tokens.Single().Value;
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        if (at > 0 && at < text.Length - 1) return (text[..at], text[(at + 1)..]);
        result.AddError($"'{text}' is not {result.Argument.Name}");
        return null;
    }
}
