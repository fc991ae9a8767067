namespace Fleet.Agent.Delivery;

/// <summary>Tells the story of changes, one line each.</summary>
internal sealed class DeliveryLog(Action<string> write)
{
    public void Step(string instance, ChangeState change) =>
        write($"{instance}: change {change.Id} is {change.Phase}{(change.Step is Delivery.Step.Ended or Delivery.Step.Wait ? "" : $", next {change.Step}")}"
            + $"{(change.Reason is "" ? "" : $" ({change.Reason}: {change.Detail})")}");

    public void Failure(string instance, string what, Exception e) => write($"{instance}: {what}: {e.GetType().Name}: {e.Message}");

    public void Note(string text) => write(text);
}
