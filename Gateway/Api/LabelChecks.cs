using Fleet.Applications;
using Fleet.Instances;

namespace Fleet.Gateway.Api;

/// <summary>Rules for labels, and for the applications that one of them names.</summary>
internal static class LabelChecks
{
    private const int Most = 32;
    private const int Longest = 63;
    private const string PartRule = "expected 1 to 63 letters, digits and '.-_/'";
    private const string ApplicationRule = "expected 1 to 63 letters, digits and '.-_', beginning with a letter or digit: it names an application";

    /// <summary>Labels of an instance, or such as must be there.</summary>
    public static Check Labels(this Check check, string field, IEnumerable<KeyValuePair<string, string>> pairs, out Labels labels)
    {
        labels = Instances.Labels.Of(pairs);
        if (labels.All.Length > Most) return check.That(false, field, $"expected at most {Most} labels");
        foreach (var label in labels.All)
        {
            check.That(IsPart(label.Key), field, $"key '{Shown(label.Key)}': {PartRule}");
            if (label.Key == ApplicationGrains.Label) check.That(IsApplication(label.Value), $"{field}.{label.Key}", ApplicationRule);
            else check.That(IsPart(label.Value), $"{field}.{Shown(label.Key)}", PartRule);
        }

        return check;
    }

    /// <summary>Labels that must be there, each as <c>key=value</c>.</summary>
    public static Check LabelTexts(this Check check, string field, IReadOnlyList<string> texts, out Labels labels)
    {
        var pairs = new Dictionary<string, string>();
        check.That(texts.Count <= Most, field, $"expected at most {Most} labels");
        for (var i = 0; i < texts.Count; i++)
        {
            var parts = texts[i].Split('=');
            if (parts.Length != 2 || !parts.All(IsPart)) check.That(false, $"{field}[{i}]", $"expected key=value, both of 1 to {Longest} letters, digits and '.-_/'");
            else check.That(pairs.TryAdd(parts[0], parts[1]), $"{field}[{i}]", "its key is given twice");
        }

        labels = Instances.Labels.Of(pairs);
        return check;
    }

    /// <summary>The name of an application.</summary>
    public static Check Application(this Check check, string field, string value) => check.That(IsApplication(value), field, ApplicationRule);

    private static bool IsPart(string text) => text.Length is > 0 and <= Longest && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/');

    // It stands in paths.
    private static bool IsApplication(string text) => IsPart(text) && char.IsAsciiLetterOrDigit(text[0]) && !text.Contains('/');

    private static string Shown(string key) => key.Length <= Longest ? key : $"{key[..Longest]}…";
}
