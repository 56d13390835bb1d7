import { IsString, Length } from 'class-validator';

/** What a client sends, and the input of the workflow. */
export class PublishJobPostDto {
  @IsString()
  @Length(3, 120)
  title!: string;

  @IsString()
  @Length(1, 5_000)
  description!: string;
}
