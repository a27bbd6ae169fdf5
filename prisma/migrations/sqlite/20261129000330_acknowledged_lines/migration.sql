-- What was acknowledged at once is one line, under the id that was acknowledged.
ALTER TABLE "Acknowledgement" ADD COLUMN "lineId" TEXT NOT NULL DEFAULT '';
UPDATE "Acknowledgement" SET "lineId" = "causeId";
