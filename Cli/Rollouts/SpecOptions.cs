using System.CommandLine;
using System.Globalization;
using Fleet.Images;
using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;
using Option = System.CommandLine.Option;

namespace Fleet.Cli;

/// <summary>What a rollout is to do, as options; what isn't given is left to the engine.</summary>
internal sealed class SpecOptions
{
    private readonly Option<string> _image = Subjects.ImageOption("The image that the patch is of; its instances are looked at, and no others.");
    private readonly Option<string> _patch = new("--patch") { Description = "The patch to bring.", HelpName = "PATCH", Required = true };
    private readonly Option<Dictionary<string, string>> _select = Labels.Option("Only instances with this label. May be repeated: then all must be there.");
    private readonly Option<string[]> _versions = new("--version") { Description = "Only instances that run this version. May be repeated: any of them.", HelpName = "VERSION" };
    private readonly Option<string?> _component = new("--component") { Description = "Only instances that contain this component: a package URL, with or without version.", HelpName = "PURL" };
    private readonly Option<string[]> _instances = Instances("--instance", "Only this instance. May be repeated: any of them.");
    private readonly Option<string[]> _except = Instances("--except", "Not this instance. May be repeated.");
    private readonly Option<uint[]> _waves = Waves();
    private readonly Option<bool> _noCanary = new("--no-canary") { Description = "No single instance goes before the first wave." };
    private readonly Option<TimeSpan?> _bake = Durations.Option("--bake", "How long each instance is probed before it counts as verified. Default 10s.");
    private readonly Option<TimeSpan?> _waveBake = Durations.Option("--wave-bake", "How long a wave is watched after its last instance is verified. Default 10s.");
    private readonly Option<TimeSpan?> _keepOld = Durations.Option("--keep-old", "How long old slots keep running after the switch: so long is going back immediate. Default 0s.");
    private readonly Option<TimeSpan?> _deadline = Durations.Option("--deadline", "From dispatch to verified, for each instance. Default 15m.");
    private readonly Option<uint> _failures = new("--failures-allowed") { Description = "More failed targets than this halt the rollout. Default 0.", HelpName = "N" };
    private readonly Option<Lane> _lane = new("--lane")
    {
        Description = "emergency goes before ordinary rollouts, whatever their priority, and is held by freezes of the whole fleet alone. Default ordinary.",
        HelpName = "ordinary|emergency",
        CustomParser = result => result.Tokens.Single().Value == "emergency" ? Lane.Emergency : Lane.Ordinary,
    };
    private readonly Option<int> _priority = new("--priority") { Description = "-100 to 100; higher goes first within the lane. Default 0.", HelpName = "N" };
    private readonly Option<bool> _keepOnFailure = new("--keep-on-failure") { Description = "A halted rollout waits for a person instead of taking done waves back by itself." };
    private readonly Option<TimeSpan?> _offlineGrace = Durations.Option("--offline-grace", "A target that is offline holds its wave no longer than this. Default 2m.");
    private readonly Option<TimeSpan?> _catchUp = Durations.Option("--catch-up", "Targets that were offline get the patch when they are back, until so long after the beginning. Default 7d.");

    private SpecOptions() => _lane.AcceptOnlyFromAmong("ordinary", "emergency");

    public Option<string?> Reason { get; } = new("--reason") { Description = "Why; it goes into the audit.", HelpName = "TEXT" };

    public static SpecOptions AddTo(Command command)
    {
        var spec = new SpecOptions();
        foreach (var option in (Option[])[
            spec._image, spec._patch, spec._select, spec._versions, spec._component, spec._instances, spec._except, spec._waves, spec._noCanary,
            spec._bake, spec._waveBake, spec._keepOld, spec._deadline, spec._failures, spec._lane, spec._priority, spec._keepOnFailure,
            spec._offlineGrace, spec._catchUp, spec.Reason])
            command.Add(option);
        spec._patch.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !Names.IsPatchId(text)) result.AddError($"'{text}' can't name a patch: {Names.PatchIdRule}");
        });
        return spec;
    }

    public RolloutSpec Read(ParseResult parsed)
    {
        var selector = new Selector
        {
            Versions = { parsed.GetValue(_versions) ?? [] },
            Component = parsed.GetValue(_component) ?? "",
            Instances = { parsed.GetValue(_instances) ?? [] },
            Except = { parsed.GetValue(_except) ?? [] },
        };
        foreach (var (key, value) in parsed.GetValue(_select) ?? []) selector.Labels.Add(key, value);
        return new RolloutSpec
        {
            Image = parsed.GetRequiredValue(_image),
            Patch = parsed.GetRequiredValue(_patch),
            Selector = selector,
            Waves = { parsed.GetValue(_waves) ?? [] },
            NoCanary = parsed.GetValue(_noCanary),
            Bake = parsed.GetValue(_bake)?.ToDuration(),
            WaveBake = parsed.GetValue(_waveBake)?.ToDuration(),
            KeepOld = parsed.GetValue(_keepOld)?.ToDuration(),
            ChangeDeadline = parsed.GetValue(_deadline)?.ToDuration(),
            FailuresAllowed = parsed.GetValue(_failures),
            Lane = parsed.GetValue(_lane),
            Priority = parsed.GetValue(_priority),
            KeepOnFailure = parsed.GetValue(_keepOnFailure),
            OfflineGrace = parsed.GetValue(_offlineGrace)?.ToDuration(),
            CatchUp = parsed.GetValue(_catchUp)?.ToDuration(),
            Reason = parsed.GetValue(Reason) ?? "",
        };
    }

    private static Option<uint[]> Waves() => new("--waves")
    {
        Description = "Cumulative percentages of the targets, rising, ending with 100; rounded up. Default 10,50,100.",
        HelpName = "10,50,100",
        CustomParser = result =>
        {
            var text = result.Tokens.Single().Value;
            var waves = text.Split(',').Select(part => uint.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var share) ? share : 0).ToArray();
            if (waves.All(share => share is > 0 and <= 100)) return waves;
            result.AddError($"--waves: '{text}' are no waves: expected percentages from 1 to 100 with commas between them, e.g. 10,50,100");
            return null;
        },
    };

    private static Option<string[]> Instances(string name, string description)
    {
        var option = new Option<string[]>(name) { Description = description, HelpName = "RESOURCE/INSTANCE" };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (token.Value.Split('/') is not { Length: 2 } parts || !parts.All(Names.IsName))
                    result.AddError($"{name}: '{token.Value}' is not RESOURCE/INSTANCE");
        });
        return option;
    }
}
