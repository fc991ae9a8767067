using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Fleet.Agent.Delivery;
using Fleet.Agent.Runtimes;
using Fleet.Images;

// Delivers directives that come as lines, until it is killed. What happens goes out as lines.
// Arguments: data directory, image store, publisher's public key, scope, address pool.
using var key = ECDsa.Create();
key.ImportFromPem(File.ReadAllText(args[2]));
var options = new DeliveryOptions { DataDirectory = args[0], PublisherKeys = [key], Scope = args[3], AddressPool = IPNetwork.Parse(args[4]) };
var content = new ContentStore(Path.Combine(options.DataDirectory, "content"));
var host = DeliveryHost.Open(options, content, new LayoutSource(new ContentStore(args[1]), content), new Told(), TimeProvider.System, line => Say($"log {line}"));
using var stop = new CancellationTokenSource();
var run = host.Run(stop.Token);
while (await Console.In.ReadLineAsync() is { } line)
{
    var asked = JsonSerializer.Deserialize<Asked>(line)!;
    DirectiveAction action = asked.Envelope is { } envelope
        ? new DirectiveAction.Apply(envelope, asked.Expected!, TimeSpan.FromMilliseconds(asked.BakeMs), TimeSpan.FromMilliseconds(asked.KeepMs))
        : asked.Undoes is { } undoes ? new DirectiveAction.RollBack(undoes, "asked") : new DirectiveAction.Commit();
    var answer = await host.Accept(new Directive(asked.Id, "web", asked.Generation, TimeSpan.FromMinutes(1), asked.Change, action), default);
    Say($"answer {answer.Directive} {answer.Accepted} {answer.Reason} {answer.Detail}");
}
await stop.CancelAsync();
await run;

static void Say(string line)
{
    Console.Out.WriteLine(line);
    Console.Out.Flush();
}

/// <summary>A directive as a line.</summary>
internal sealed record Asked(string Id, string Change, long Generation, byte[]? Envelope, InstanceManifest? Expected, int BakeMs, int KeepMs, string? Undoes);

internal sealed class Told : IFacts
{
    public Task Record(Progress progress, CancellationToken cancel)
    {
        Console.Out.WriteLine($"fact {progress.Change} {progress.Step} {progress.Phase} {progress.Reason}");
        Console.Out.Flush();
        return Task.CompletedTask;
    }
}
