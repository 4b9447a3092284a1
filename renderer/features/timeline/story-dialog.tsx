/** A session told as a story, prompt by prompt, and kept as a file. */
import { Dialog } from '@base-ui/react/dialog';
import { useEffect, useState } from 'react';
import type { SessionStory } from '../../../preload/contract.ts';
import { useApi } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { exactClock, fullTime } from './row-words.ts';

type Line = SessionStory['chapters'][number]['lines'][number];

const MARKS = { allow: '✓', wait: '?', stop: '✕', plain: '·' } as const;

export interface StoryDialogProps {
  readonly session: string;
  /** The page is in a window that saves no files: the command is shown in place of the button. */
  readonly savesFiles: boolean;
  readonly onClose: () => void;
}

export function StoryDialog({ session, savesFiles, onClose }: StoryDialogProps) {
  const api = useApi();
  const [story, setStory] = useState<SessionStory | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    void api.call('sessionStory', session).then((answer) => {
      if (answer.ok) setStory(answer.value);
      else setProblem(answer.error.message);
    });
  }, [api, session]);
  const save = async () => {
    const answer = await api.call('sessionReport', session);
    if (answer.ok) saveFile(answer.value.name, answer.value.html);
    else setProblem(answer.error.message);
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog tl-story">
          <Dialog.Title>
            <VisibleText text={story?.title ?? 'The story of a session'} />
          </Dialog.Title>
          {problem !== null && (
            <p className="t-stop" role="alert">
              {problem}
            </p>
          )}
          {story === null ? (
            problem === null && <p className="t-ink3">looking…</p>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must reach it.
            <section className="tl-told-story" tabIndex={0} aria-label="Story">
              <dl className="tl-facts">
                {story.facts.map(({ label, text }) => (
                  <div key={label} className="tl-fact">
                    <dt>{label}</dt>
                    <dd>
                      <VisibleText text={text} />
                    </dd>
                  </div>
                ))}
              </dl>
              {story.chapters.map((chapter) => (
                <section key={`${chapter.title} ${chapter.at}`}>
                  <h3>
                    <VisibleText text={chapter.title} />{' '}
                    <time dateTime={new Date(chapter.at).toISOString()}>{fullTime(chapter.at)}</time>
                  </h3>
                  <ol>
                    {chapter.lines.map((line) => (
                      <StoryLine key={line.seq} line={line} />
                    ))}
                  </ol>
                </section>
              ))}
              {story.cut && <p className="t-ink2">The session is longer: this is its end.</p>}
            </section>
          )}
          <div className="row">
            {savesFiles ? (
              <Button onClick={() => void save()} disabled={story === null}>
                Save as an HTML file
              </Button>
            ) : (
              <p className="t-12 t-ink2">
                As a file: <code>gatehouse audit story {session} --html &gt; story.html</code>
              </p>
            )}
            <Button variant="quiet" onClick={onClose} keys="Esc">
              Close
            </Button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function StoryLine({ line }: { readonly line: Line }) {
  return (
    <li data-tone={line.tone}>
      <time dateTime={new Date(line.at).toISOString()}>{exactClock(line.at).slice(0, 8)}</time>
      <div>
        <b>
          <span aria-hidden="true">{MARKS[line.tone]} </span>
          <VisibleText text={line.text} />
        </b>
        {line.code !== null && (
          <pre>
            <VisibleText text={line.code} />
          </pre>
        )}
        {line.note !== '' && (
          <small>
            <VisibleText text={line.note} />
          </small>
        )}
      </div>
    </li>
  );
}

function saveFile(name: string, html: string): void {
  const url = URL.createObjectURL(new Blob([html.toWellFormed()], { type: 'text/html' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
